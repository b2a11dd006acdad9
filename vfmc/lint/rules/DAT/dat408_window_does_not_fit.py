"""Reported by the check: window does not fit."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT408",
    name="window-does-not-fit",
    severity=Severity.ERROR,
    by="check",
    what="A window is no whole number of readings, or longer than the stretch it is taken from.",
    why="Milliseconds, seconds and samples are all numbers.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {sound: {use: audio, rate: 16000}}
views: {tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0, window: 0.025}}
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
views: {tones: {use: mel, of: sound, bins: 128, frames: 204, seconds: 2.0, window: 25.0}}
towers:
  other: {from: tones, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="window lengths in seconds where milliseconds are meant",
)
