"""Reported by the reader: tab indentation."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN022",
    name="tab-indentation",
    severity=Severity.ERROR,
    by="check",
    what="A line is indented by a tab.",
    why="A tab is as wide as the editor says, so YAML forbids it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
\tbatch: 64
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  batch: 64
""",
    source="YAML 1.2.2 section 6.1",
)
