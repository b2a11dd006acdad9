"""A source that feeds nothing."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT436",
    name="source-never-read",
    triggers=("feeds",),
    what="A source feeds only losses that no phase computes.",
    why="Its data are opened and never trained on.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  other: {use: contrastive, a: vision, b: text, weight: 0.0, scale: {use: fixed, value: 20.0}}
sources:
  pairs: {use: digits, feeds: [clip]}
  more: {use: digits, feeds: [other]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
sources:
  pairs: {use: digits, feeds: [clip]}
""",
    source="sources that stay behind when a term is switched off",
)


def check(facts: Facts, report: Report) -> None:
    live = {term.name for phase in facts.program.phases for term in phase.graph.terms if term.weight != 0}
    for name, source in facts.program.sources.items():
        feeds = getattr(source, "feeds", None)
        if feeds and not live & set(feeds):
            report(
                facts.key("sources", name),
                f"`{name}` feeds {', '.join(feeds)} alone, which no phase computes",
                help="take the source out, or give the loss a weight",
            )
