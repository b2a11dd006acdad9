"""Reported by the check: units differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT410",
    name="units-differ",
    severity=Severity.ERROR,
    by="check",
    what="Depth is given in metres where disparity is meant, or the other way round.",
    why="Near and far are exchanged, and every number is in the range that it should be in.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {distance: {use: depth, encoding: disparity}}
views: {near: {use: disparity, of: distance, focal: 518.9}, deep: {use: aligned, of: near, with: crop, normalize: {mean: 0.0418, std: 0.0295}}}
towers:
  other: {from: deep, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {distance: {use: depth, encoding: sun_rgbd}}
views: {near: {use: disparity, of: distance, focal: 518.9}, deep: {use: aligned, of: near, with: crop, normalize: {mean: 0.0418, std: 0.0295}}}
towers:
  other: {from: deep, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="data sets that keep either; ImageBind issues 14 and 131 ask which is meant",
)
