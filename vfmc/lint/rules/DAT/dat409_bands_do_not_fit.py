"""Reported by the check: bands do not fit."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT409",
    name="bands-do-not-fit",
    severity=Severity.ERROR,
    by="check",
    what="The bands of a spectrogram do not fit its rate and its window.",
    why="Bands above half of the rate, or more bands than frequencies, are rows of zeros.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {sound: {use: audio, rate: 16000}}
views: {tones: {use: mel, of: sound, bins: 300, frames: 204, seconds: 2.0}}
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
    source="mel banks whose upper edge is left at a default of another rate",
)
