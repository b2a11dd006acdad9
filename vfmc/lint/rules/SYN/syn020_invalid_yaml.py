"""Reported by the reader: invalid yaml."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN020",
    name="invalid-yaml",
    severity=Severity.ERROR,
    by="check",
    what="The text is no YAML, for a reason that has no code of its own.",
    why="Two readers of YAML may repair it in two ways.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {for: %50}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {for: 20 epochs}
""",
    source="unquoted `@`, `%`, `&` and `*` at the start of a value",
)
