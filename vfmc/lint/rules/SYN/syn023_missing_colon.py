"""Reported by the reader: missing colon."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN023",
    name="missing-colon",
    severity=Severity.ERROR,
    by="check",
    what="The colon between a key and its value is missing.",
    why="The line would be part of the text above it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
  for 20 epochs
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
  for: 20 epochs
""",
    source="lines that are typed in a hurry",
)
