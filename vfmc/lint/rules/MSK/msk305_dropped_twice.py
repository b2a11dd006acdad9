"""Reported by the check: dropped twice."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK305",
    name="dropped-twice",
    severity=Severity.ERROR,
    by="check",
    what="Tokens are dropped from tokens that lack some already.",
    why="The second mask numbers tokens that are no longer at their places.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
towers:
  encoder:
    pipe:
      - {use: patches, size: 2, width: 64}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: drop, mask: hide, as: again}
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
    source="random dropping of patches on top of a masked encoder",
)
