"""Reported by the check: wrong operand."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP201",
    name="wrong-operand",
    severity=Severity.ERROR,
    by="check",
    what="A stage, a tower or a loss is given something that it does not take, such as an image for tokens.",
    why="torch sees tensors; what fits by chance computes something else.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - cls
      - {use: linear, out: 32}
      - l2norm
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
    source="Ludwig issue 729: a decoder of another rank than what its combiner gives",
)
