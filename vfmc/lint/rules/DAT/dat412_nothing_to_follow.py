"""Reported by the check: nothing to follow."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT412",
    name="nothing-to-follow",
    severity=Severity.ERROR,
    by="check",
    what="A view follows the geometry of something that is no crop.",
    why="Depth and image would be cut at two places.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {heat: thermal}
views: {warm: {use: aligned, of: heat, with: image}}
towers:
  other: {from: warm, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {heat: thermal}
views: {warm: {use: aligned, of: heat, with: crop}}
towers:
  other: {from: warm, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="paired augmentations that draw twice",
)
