"""Reported by the check: patch does not divide."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP205",
    name="patch-does-not-divide",
    severity=Severity.ERROR,
    by="check",
    what="Patches do not divide the picture, leave pixels out, or are larger than it.",
    why="A convolution drops the rest at the right and at the bottom without a word.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {size: 18}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {size: 20}}
""",
    source="torch.nn.Conv2d, which floors; mae issues 97 and 151 on sizes that do not fit",
)
