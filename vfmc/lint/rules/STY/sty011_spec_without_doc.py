"""A spec that does not say what it is."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="STY011",
    name="spec-without-doc",
    severity=Severity.INFO,
    profiles=("strict",),
    what="A spec has no `doc`.",
    why="Lists of specs, model cards and this spec's next reader begin with it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
without: [doc]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="`vfmc specs list` shows it",
)


def check(facts: Facts, report: Report) -> None:
    if not facts.program.doc:
        report(facts.key("name"), "this spec does not say what it is", help='add doc: "a sentence"')
