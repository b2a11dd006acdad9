"""Reported by the reader: bad indentation."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN021",
    name="bad-indentation",
    severity=Severity.ERROR,
    by="check",
    what="A line is indented otherwise than the lines that it stands with.",
    why="A line that moves by two columns belongs to another section.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
    for: 20 epochs
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
  for: 20 epochs
""",
    source="merge conflicts that are mended by hand",
)
