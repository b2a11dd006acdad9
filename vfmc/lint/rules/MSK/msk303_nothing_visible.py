"""Reported by the check: nothing visible."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK303",
    name="nothing-visible",
    severity=Severity.ERROR,
    by="check",
    what="A mask leaves no token visible.",
    why="Attention over nothing is NaN, and so is every weight after the first step.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
masks: {hidden: {ratio: 0.999}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
masks: {hidden: {ratio: 0.9}}
""",
    source="ratios near 1 that round up on small grids",
)
