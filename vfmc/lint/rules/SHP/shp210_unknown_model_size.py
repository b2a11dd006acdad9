"""Reported by the check: unknown model size."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP210",
    name="unknown-model-size",
    severity=Severity.ERROR,
    by="check",
    what="The size of a model or of a vocabulary is none that there is.",
    why="Names such as B/16 stand for four numbers.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, size: B16}
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
      - {use: vit, size: B/16}
      - cls
      - {use: linear, out: 32}
      - l2norm
views: {crop: {size: 32}}
""",
    source="names of models that differ by a dash between libraries",
)
