"""Reported by the check: unrelated spaces."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ305",
    name="unrelated-spaces",
    severity=Severity.ERROR,
    by="doubt",
    what="Student and teacher answer in two spaces: they end in heads that have nothing to do with one another.",
    why="Number 7 of one is not number 7 of the other, and a cross entropy between them teaches noise.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  stranger: {pipe: [trunk, {use: dino_head, hidden: 128, bottleneck: 32, out: 512}]}
  other: {pipe: [{use: ema, of: stranger, momentum: 0.99}]}
losses: {dino: {teacher: {use: other, of: large}}}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
losses: {dino: {teacher: {use: teacher, of: large}}}
""",
    source="teachers built from a configuration of their own instead of from the student",
)
