"""Reported by the reader: unquoted colon."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN024",
    name="unquoted-colon",
    severity=Severity.ERROR,
    by="check",
    what="A value that is not quoted holds a colon and a space.",
    why="It reads as a second key on the line.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: weight: 0.5
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: {weight: 0.5}
""",
    source="calls that are written without their braces",
)
