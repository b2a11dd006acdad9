"""Reported by the check: width does not divide."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP206",
    name="width-does-not-divide",
    severity=Severity.ERROR,
    by="check",
    what="Fixed positions need a width that 4 divides on a grid, and an even one in a text.",
    why="Sines and cosines of rows and columns take a quarter of the width each.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
towers:
  encoder:
    pipe:
      - {use: patches, size: 2, width: 66}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 4, heads: 3}
      - layernorm
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
towers:
  encoder:
    pipe:
      - {use: patches, size: 2, width: 60}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 4, heads: 3}
      - layernorm
""",
    source="MAE's own code, which asserts it",
)
