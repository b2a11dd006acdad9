"""Reported by the check: no loss."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ304",
    name="no-loss",
    severity=Severity.ERROR,
    by="check",
    what="Nothing is trained: there is no loss, or every loss weighs 0.",
    why="The run costs what a run costs and changes nothing but what weight decay shrinks.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {clip: {weight: 0}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {clip: {weight: 1.0}}
""",
    source="ablations that turn off the last term",
)
