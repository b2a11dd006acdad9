"""Reported by the check: empty prefix."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP207",
    name="empty-prefix",
    severity=Severity.ERROR,
    by="check",
    what="A prefix without a token, or a class token where there is one already.",
    why="It would change nothing, or make the first token ambiguous.",
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
      - {use: prefix, cls: 0}
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
    source="backbones with registers, whose number of prefix tokens libraries disagree on (timm issue 2014)",
)
