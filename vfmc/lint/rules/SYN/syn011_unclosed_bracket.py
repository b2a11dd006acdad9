"""Reported by the reader: unclosed bracket."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN011",
    name="unclosed-bracket",
    severity=Severity.ERROR,
    by="check",
    what="A bracket is opened and never closed.",
    why="Everything below it would belong to it; the message is at the bracket that was opened, not at the end of the file.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 64, for: 20 epochs
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 64, for: 20 epochs}
""",
    source="readers that report the end of the file for a bracket on line 3",
)
