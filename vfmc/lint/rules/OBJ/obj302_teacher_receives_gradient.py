"""Reported by the check: teacher receives gradient."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ302",
    name="teacher-receives-gradient",
    severity=Severity.ERROR,
    by="doubt",
    what="Gradient would flow into a teacher.",
    why="The teacher then moves towards the student, and both to one constant answer.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
losses: {dino: {teacher: {use: student, of: large}}}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
losses: {dino: {teacher: {use: teacher, of: large}}}
""",
    source="collapse without a diagnosis: dinov2 issues 143 and 272, dino issue 43",
)
