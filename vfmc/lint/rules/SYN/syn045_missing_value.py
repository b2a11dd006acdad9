"""Reported by the reader: missing value."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN045",
    name="missing-value",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="A value or a stage is missing after `=`, `:` or `->`.",
    why="The declaration ends in the middle.",
    bad="""\
vfmc 1
name example
extends clip_tiny
train { batch: }
""",
    good="""\
vfmc 1
name example
extends clip_tiny
train { batch: 64 }
""",
    source="lines that are deleted when a pipe is shortened",
)
