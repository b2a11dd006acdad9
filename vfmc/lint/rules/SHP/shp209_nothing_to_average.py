"""Reported by the check: nothing to average."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP209",
    name="nothing-to-average",
    severity=Severity.ERROR,
    by="check",
    what="There is no token to average or to pick besides those of the prefix.",
    why="The mean of nothing is NaN.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - {use: attention_pool, queries: 1, cls: 1, heads: 4, width: 64}
      - mean
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
      - {use: attention_pool, queries: 1, cls: 1, heads: 4, width: 64}
      - cls
      - {use: linear, out: 32}
      - l2norm
""",
    source="poolers whose queries are all class tokens",
)
