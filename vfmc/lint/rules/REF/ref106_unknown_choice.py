"""Reported by the check: unknown choice."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF106",
    name="unknown-choice",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="An argument is given a word that is none of its choices.",
    why="Code that compares strings takes the last branch for every word that it does not know.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
losses: {dino: {pairs: other_views}}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
losses: {dino: {pairs: other_view}}
""",
    source="options compared by `==` whose `else` is another choice",
)
