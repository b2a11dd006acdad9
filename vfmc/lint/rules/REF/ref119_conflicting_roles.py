"""Reported by the check: conflicting roles."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF119",
    name="conflicting-roles",
    severity=Severity.ERROR,
    by="check",
    what="An exponential moving average is taken of a tower that contains one, or is a stage of another tower.",
    why="The one would be a copy of a copy, one more step behind, which no published system means; a stage learns, and a copy does not: a tower reads it.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  second: {pipe: [{use: ema, of: third, momentum: 0.9}]}
  third: {pipe: [teacher]}
losses: {dino: {teacher: {use: second, of: large}}}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
""",
    source="teachers that are built by copying the whole student module, its own teacher included",
)
