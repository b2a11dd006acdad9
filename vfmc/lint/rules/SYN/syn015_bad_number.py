"""Reported by the reader: bad number."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN015",
    name="bad-number",
    severity=Severity.ERROR,
    by="check",
    what="A number is not written as one, or is too large to be held.",
    why="1e999 is read as infinity by Python, and a learning rate of infinity is a run that ends in NaN.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 1e999}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 100}
""",
    source="IEEE 754 doubles, which end near 1.8e308",
)
