"""Reported by the check: never taught."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ308",
    name="never-taught",
    severity=Severity.WARNING,
    by="doubt",
    what="A tower with weights is computed for evaluation or export, and no loss teaches it.",
    why="What is exported is what it was at its beginning.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {copy: {use: mse, prediction: painter, target: {use: patch_pixels, of: crop, size: 4}, weight: 0}}
towers: {painter: {from: crop, pipe: [{use: patches, size: 4, width: 48}]}}
export: {painter: painter}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {copy: {use: mse, prediction: painter, target: {use: patch_pixels, of: crop, size: 4}, weight: 0.5}}
towers: {painter: {from: crop, pipe: [{use: patches, size: 4, width: 48}]}}
export: {painter: painter}
""",
    source="DistributedDataParallel's error for unused parameters (open_clip issue 1076)",
)
