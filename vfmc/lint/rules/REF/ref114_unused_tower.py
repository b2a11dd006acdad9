"""Reported by the check: unused tower."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF114",
    name="unused-tower",
    severity=Severity.WARNING,
    by="doubt",
    what="Nothing reads a tower: no loss, no other tower, no evaluation, no export.",
    why="Its weights would be left out; most often the name of its use is misspelt, or a loss is missing.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers: {spare: {pipe: [{use: linear, out: 8}]}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="DistributedDataParallel's error for parameters that no loss reaches (open_clip issue 1076)",
)
