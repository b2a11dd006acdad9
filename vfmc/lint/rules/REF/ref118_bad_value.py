"""Reported by the check: bad value."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF118",
    name="bad-value",
    severity=Severity.ERROR,
    by="check",
    what="A value is of the wrong type or out of its range.",
    why="A negative weight decay, a probability of 50 or a text for a number runs for days before anybody looks.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {optimizer: {weight_decay: -0.1}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {optimizer: {weight_decay: 0.1}}
""",
    source="options that are parsed as whatever they look like",
)
