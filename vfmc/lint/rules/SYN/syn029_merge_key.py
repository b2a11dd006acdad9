"""Reported by the reader: merge key."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN029",
    name="merge-key",
    severity=Severity.ERROR,
    by="check",
    what="`<<` merges a mapping into another one.",
    why="It is a tag of YAML 1.1 that later versions lack, and readers differ in which of two keys wins; `extends` and `let` say it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views:
  crop: &crop {size: 16}
  other: {<<: *crop, use: center_crop, of: image}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
views:
  crop: {size: 16}
""",
    source="YAML 1.2, which left merge keys out",
)
