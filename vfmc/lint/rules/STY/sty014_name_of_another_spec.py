"""The name of a published spec."""

from vfmc import api
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="STY014",
    name="name-of-another-spec",
    profiles=("strict",),
    what="A spec has the name of one of the zoo and is another.",
    why="Runs, checkpoints and results are told apart by the name.",
    bad="""\
vfmc: 1
name: clip_tiny
extends: clip_tiny
train: {batch: 64}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 64}
""",
    source="two models of one name in one table",
)


def check(facts: Facts, report: Report) -> None:
    entry = facts.entry("name")
    if entry is not None and facts.program.name in api.zoo_names():
        own = entry.value.span.source
        original = api.find_source(facts.program.name)[0]
        if own.text != original.text:
            report(
                entry.value.span,
                f"`{facts.program.name}` is a spec of the zoo, and this is another",
                help="give it a name of its own",
            )
