"""Reported by the check: rates differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT407",
    name="rates-differ",
    severity=Severity.ERROR,
    by="check",
    what="A view wants another rate than the input has.",
    why="A window of 5 seconds at another rate is another length of time.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {motion: {use: signal, channels: 6, rate: 400.0}}
views: {moves: {use: window, of: motion, seconds: 5.0, rate: 200.0}}
towers:
  other: {from: moves, pipe: [{use: signal_patches, size: 8, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {motion: {use: signal, channels: 6, rate: 400.0}}
views: {moves: {use: window, of: motion, seconds: 5.0, rate: 400.0}}
towers:
  other: {from: moves, pipe: [{use: signal_patches, size: 8, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="sensors of several rates; ImageBind issue 48 asks how to load them",
)
