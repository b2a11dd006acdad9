"""Reported by the check: stands for too much."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF120",
    name="stands-for-too-much",
    severity=Severity.ERROR,
    by="check",
    what="A few lines stand for more than anybody means: towers of towers of towers, names for names, hundreds of names, stages, phases or keys.",
    why="A spec of ten lines could take all memory of the machine that checks it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  t0: {pipe: [l2norm, l2norm, l2norm, l2norm, l2norm, l2norm, l2norm, l2norm, l2norm, l2norm]}
  t1: {pipe: [t0, t0, t0, t0, t0, t0, t0, t0, t0, t0]}
  t2: {pipe: [t1, t1, t1, t1, t1, t1, t1, t1, t1, t1]}
  t3: {pipe: [t2, t2, t2, t2, t2, t2, t2, t2, t2, t2]}
  t4: {pipe: [t3, t3, t3, t3, t3, t3, t3, t3, t3, t3]}
  vision: {from: crop, pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, {use: linear, out: 32}, t4]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  unit: {pipe: [l2norm]}
  vision: {from: crop, pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, {use: linear, out: 32}, unit]}
""",
    source="exponential expansion of nested templates",
)
