"""Reported by the check: unnamed weights."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF110",
    name="unnamed-weights",
    severity=Severity.ERROR,
    by="check",
    what="Two stages of a tower would have weights of one name.",
    why="A state dictionary holds one tensor a name, so one of the two would be lost in every checkpoint.",
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
      - {use: linear, out: 64, as: hidden}
      - {use: linear, out: 32}
      - l2norm
""",
    source="state-dict keys that move when a layer is inserted",
)
