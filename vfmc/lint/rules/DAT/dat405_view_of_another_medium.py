"""Reported by the check: view of another medium."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT405",
    name="view-of-another-medium",
    severity=Severity.ERROR,
    by="check",
    what="A view is applied to a medium that it is not for: colours of a depth map, a crop of a spectrogram.",
    why="Rows of a spectrogram are frequencies and columns are time; a resized crop changes pitch and speed.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {heat: thermal}
views: {warm: {use: dino_global, of: heat}}
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
    source="people who load sound, depth and heat for ImageBind with image code (its issues 69 and 107 ask for loaders)",
)
