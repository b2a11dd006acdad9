"""Reported by the reader: key is not a name."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN025",
    name="key-is-not-a-name",
    severity=Severity.ERROR,
    by="check",
    what="A key is a list, a mapping or missing, and keys are names.",
    why="A key that is no name can be addressed neither by another spec nor by `-s`.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  [batch, for]: 64
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
""",
    source="keys of YAML, which may be anything",
)
