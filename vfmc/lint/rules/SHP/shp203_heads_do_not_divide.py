"""Reported by the check: heads do not divide."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP203",
    name="heads-do-not-divide",
    severity=Severity.ERROR,
    by="check",
    what="The heads of an attention do not divide its width.",
    why="A head would have no whole width; torch says so by an assertion in the constructor.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 6, patch: 4}
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
      - {use: vit, width: 64, depth: 4, heads: 8, patch: 4}
      - cls
      - {use: linear, out: 32}
      - l2norm
""",
    source="widths that are changed without the heads",
)
