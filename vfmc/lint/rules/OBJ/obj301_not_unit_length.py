"""Reported by the check: not unit length."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ301",
    name="not-unit-length",
    severity=Severity.ERROR,
    by="doubt",
    what="A contrastive loss compares vectors that do not have unit length.",
    why="The scale then means nothing: a tower lowers the loss by making its vectors longer.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - {use: linear, out: 32}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - {use: linear, out: 32}
      - l2norm
""",
    source="reimplementations of CLIP whose loss multiplies the projections as they are",
)
