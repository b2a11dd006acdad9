"""Reported by the check: widths differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP211",
    name="widths-differ",
    severity=Severity.ERROR,
    by="check",
    what="Two values are compared that have different widths.",
    why="torch finds out in the first step, inside a matrix product, without the name of either.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - {use: linear, out: 64}
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
    source="Ludwig issue 1701: a valid configuration that ends in shapes that cannot be multiplied",
)
