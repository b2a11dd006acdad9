"""Reported by the check: position after drop."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK304",
    name="position-after-drop",
    severity=Severity.ERROR,
    by="check",
    what="Positions are added after tokens were dropped, or tokens are dropped after class tokens were appended.",
    why="The tokens that are left would get the positions of the first places instead of their own.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
towers:
  encoder:
    pipe:
      - {use: patches, size: 2, width: 64}
      - {use: drop, mask: hide}
      - {use: position, kind: sincos}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 4, heads: 4}
      - layernorm
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
towers:
  encoder:
    pipe:
      - {use: patches, size: 2, width: 64}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 4, heads: 4}
      - layernorm
""",
    source="reimplementations of MAE that add positions inside the encoder",
)
