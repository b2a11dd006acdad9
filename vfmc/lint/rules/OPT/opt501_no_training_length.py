"""Reported by the check: no training length."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OPT501",
    name="no-training-length",
    severity=Severity.ERROR,
    by="check",
    what="`train` does not say how long.",
    why="A default would be made up, and the schedule depends on it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
without: [train.for]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {for: 20 epochs}
""",
    source="schedules whose total is inferred from a loader (solo-learn issue 262)",
)
