"""Reported by the check: defined twice."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF108",
    name="defined-twice",
    severity=Severity.ERROR,
    by="check",
    what="A name or a label is given to two things.",
    why="What reads the name would read one of the two, by the order of the file.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - {use: linear, out: 64, as: project}
      - {use: linear, out: 32, as: project}
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
      - {use: linear, out: 32, as: project}
      - l2norm
""",
    source="registries in which the later entry replaces the earlier one",
)
