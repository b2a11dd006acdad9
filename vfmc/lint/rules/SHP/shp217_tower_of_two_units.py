"""Reported by the check: tower of two units."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP217",
    name="tower-of-two-units",
    severity=Severity.ERROR,
    by="check",
    what="One tower is applied to a medium in two units: sounds of two rates, depth in metres and as disparity.",
    why="The same weights would take 16 readings for a millisecond here and for two there.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {sound: {use: audio, rate: 16000}, slow: {use: audio, rate: 8000}}
views: {tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0}, low: {use: mel, of: slow, bins: 128, frames: 204, seconds: 2.0}}
towers:
  other: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
  again: {use: contrastive, a: vision, b: slower, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
values: {slower: {use: other, of: low}}
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
    source="audio models that are given another sample rate than they were trained on",
)
