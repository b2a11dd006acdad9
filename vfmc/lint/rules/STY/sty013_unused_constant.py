"""A constant that nothing reads."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="STY013",
    name="unused-constant",
    what="`let` gives a constant that nothing reads.",
    why="It looks like a setting and changes nothing.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
let: {width: 96}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
let: {seed: 3}
train: {seed: $seed}
""",
    source="an unused variable in every language",
)


def check(facts: Facts, report: Report) -> None:
    for name, span in facts.program.unread:
        report(span, f"nothing reads `${name}`", help="take it out, or use it")
