"""Reported by the reader: unnamed argument."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN041",
    name="unnamed-argument",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="An argument of a call has no name, and is not the operand.",
    why="Arguments by position change their meaning when a component gets another one.",
    bad="""\
vfmc 1
name example
extends clip_tiny
view crop = padded_crop(image, 16)
""",
    good="""\
vfmc 1
name example
extends clip_tiny
view crop = padded_crop(of: image, size: 16)
""",
    source="keyword arguments that were added in the middle of a constructor",
)
