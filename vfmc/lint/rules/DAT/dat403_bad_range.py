"""Reported by the check: bad range."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT403",
    name="bad-range",
    severity=Severity.ERROR,
    by="check",
    what="A range is empty or runs backwards: scales from large to small, a mask longer than the spectrogram.",
    why="Random generators draw from such a range without an error.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {sound: {use: audio, rate: 16000}}
views: {tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0, time_mask: 500}}
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
views: {tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0, time_mask: 50}}
towers:
  other: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="scales that are written as (max, min)",
)
