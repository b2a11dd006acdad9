"""Reported by the check: bad selector."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OPT502",
    name="bad-selector",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A group of the optimiser, or `no_decay`, selects no weight.",
    why="Regular expressions that match nothing leave the default in force without a word.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {groups: [{of: vison, lr: 0.1}]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {groups: [{of: vision, lr: 0.1}]}
""",
    source="per-tower learning rates by patterns of names (open_clip issue 707)",
)
