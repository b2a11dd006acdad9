"""Reported by the check: mask covers other count."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK301",
    name="mask-covers-other-count",
    severity=Severity.ERROR,
    by="check",
    what="A mask covers another number of tokens than it is used on.",
    why="Indices of one grid would pick tokens of another, or fall off its end.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
masks: {hidden: {use: random, of: crop, ratio: 0.5}}
towers:
  vision:
    pipe: [{use: patches, size: 4, width: 64}, {use: drop, mask: hidden}, mean, {use: linear, out: 32}, l2norm]
  fine:
    from: crop
    pipe: [{use: patches, size: 2, width: 64}, {use: drop, mask: hidden}, mean, {use: linear, out: 32}, l2norm]
losses: {both: {use: contrastive, a: vision, b: fine, scale: {use: fixed, value: 20.0}}}
without: [eval, export]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
masks: {hidden: {use: random, of: crop, ratio: 0.5}}
towers:
  vision:
    pipe: [{use: patches, size: 4, width: 64}, {use: drop, mask: hidden}, mean, {use: linear, out: 32}, l2norm]
  fine:
    from: crop
    pipe: [{use: patches, size: 4, width: 64}, {use: drop, mask: hidden}, mean, {use: linear, out: 32}, l2norm]
losses: {both: {use: contrastive, a: vision, b: fine, scale: {use: fixed, value: 20.0}}}
without: [eval, export]
""",
    source="masks that are made for the patch size of the encoder and used on a target of another",
)
