"""Reported by the reader: unknown anchor."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN027",
    name="unknown-anchor",
    severity=Severity.ERROR,
    by="check",
    what="An alias names an anchor that does not stand above it.",
    why="It stands for nothing.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {optimizer: {betas: *betas}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
let: {betas: [0.9, 0.95]}
train: {optimizer: {betas: $betas}}
""",
    source="pieces of YAML that are copied without their anchor",
)
