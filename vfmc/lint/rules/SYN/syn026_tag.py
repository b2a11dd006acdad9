"""Reported by the reader: tag."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN026",
    name="tag",
    severity=Severity.ERROR,
    by="check",
    what="A value has a YAML tag such as `!!str` or `!!python/object`.",
    why="Tags tell a reader to construct something else than what is written; some readers run code for them.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: !!int 64}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 64}
""",
    source="PyYAML's loader, whose tags ran code (CVE-2017-18342)",
)
