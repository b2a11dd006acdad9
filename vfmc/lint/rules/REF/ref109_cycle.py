"""Reported by the check: cycle."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF109",
    name="cycle",
    severity=Severity.ERROR,
    by="check",
    what="Names need one another in a ring: a tower that contains itself, a view of itself, specs that extend one another.",
    why="There is no order in which they can be computed.",
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
      - vision
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
    source="recursion errors at construction",
)
