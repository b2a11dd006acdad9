"""Reported by the check: layout does not fit."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF123",
    name="layout-does-not-fit",
    severity=Severity.ERROR,
    by="check",
    what="`init: {from: ...}` names a layout of weights that does not fit the tower.",
    why="A loader that is not strict leaves half of a tower at random, and an activation that differs changes every number.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers: {trunk: {with: {init: {path: vit.safetensors, from: open_clip}}}}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
towers: {trunk: {with: {init: {path: vit.safetensors, from: timm}}}}
""",
    source="open_clip issues 441, 771 and 903: QuickGELU checkpoints in GELU towers, with published numbers affected",
)
