"""Reported by the reader: recursive anchor."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN028",
    name="recursive-anchor",
    severity=Severity.ERROR,
    by="check",
    what="An anchor holds an alias of itself.",
    why="It has no end, and programs that walk it have none either.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
let: {betas: &b [0.9, *b]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
let: {betas: [0.9, 0.95]}
train: {optimizer: {betas: $betas}}
""",
    source="YAML 1.2.2, whose graphs may be cyclic",
)
