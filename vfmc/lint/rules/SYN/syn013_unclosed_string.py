"""Reported by the reader: unclosed string."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN013",
    name="unclosed-string",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="A quoted text is never closed.",
    why="The lines below would be part of the text.",
    bad="""\
vfmc 1
name example
extends clip_tiny
doc "a spec
train { batch: 64 }
""",
    good="""\
vfmc 1
name example
extends clip_tiny
doc "a spec"
train { batch: 64 }
""",
    source="quotes that are lost when a line is edited",
)
