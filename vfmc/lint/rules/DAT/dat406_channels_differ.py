"""Reported by the check: channels differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT406",
    name="channels-differ",
    severity=Severity.ERROR,
    by="check",
    what="The numbers of a normalisation, or the channels of a file, do not fit those of the input.",
    why="Three means over one channel broadcast to three channels.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {heat: thermal}
views: {warm: {use: aligned, of: heat, with: crop, normalize: imagenet}}
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
views: {warm: {use: aligned, of: heat, with: crop, normalize: {mean: 0.5, std: 0.5}}}
towers:
  other: {from: warm, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="networks with 4 and 13 channels (lightly issue 1780, lightly-train issues 263 and 356)",
)
