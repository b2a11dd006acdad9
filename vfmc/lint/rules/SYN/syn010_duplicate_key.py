"""Reported by the reader: duplicate key."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN010",
    name="duplicate-key",
    severity=Severity.ERROR,
    by="check",
    what="A key, an argument or a name stands twice in one place.",
    why="Most readers of YAML keep the last one without a word, so that the one a reader sees first has no effect.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
  batch: 256
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
""",
    source="YAML 1.2.2 section 3.2.1.3, which wants keys to be unique; PyYAML does not enforce it",
)
