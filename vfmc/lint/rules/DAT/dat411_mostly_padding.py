"""Reported by the check: mostly padding."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT411",
    name="mostly-padding",
    severity=Severity.WARNING,
    by="doubt",
    what="A spectrogram has room for much more, or much less, than its stretch of sound.",
    why="Most of it is padding, or most of the sound is cut off.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {sound: {use: audio, rate: 16000}}
views: {tones: {use: mel, of: sound, bins: 128, frames: 1024, seconds: 2.0}}
towers:
  other: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {sound: {use: audio, rate: 16000}}
views: {tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0}}
towers:
  other: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="models made for 10 seconds that are trained on 2",
)
