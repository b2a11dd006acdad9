"""Reported by the check: no pairs."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ303",
    name="no-pairs",
    severity=Severity.ERROR,
    by="check",
    what="A loss over pairs of views has no pair, or other views than it compares.",
    why="There is nothing to compare, or an image would be its own positive.",
    bad="""\
vfmc: 1
name: example
extends: simclr_tiny
views: {two: {count: 3}}
""",
    good="""\
vfmc: 1
name: example
extends: simclr_tiny
views: {two: {count: 2}}
""",
    source="multi-crop settings that are inferred (vissl issue 339)",
)
