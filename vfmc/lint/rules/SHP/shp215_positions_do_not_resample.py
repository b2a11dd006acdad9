"""Reported by the check: positions do not resample."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP215",
    name="positions-do-not-resample",
    severity=Severity.ERROR,
    by="check",
    what="A table of positions would have to serve two grids that cannot be resampled into one another.",
    why="Positions of another grid are other positions, and nothing in the shapes tells.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk:
    pipe:
      - {use: vit, width: 64, depth: 2, heads: 4, patch: 4, position: sincos}
      - cls
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk:
    pipe:
      - {use: vit, width: 64, depth: 2, heads: 4, patch: 4, position: learned}
      - cls
""",
    source="interpolation of positions to pictures that are not square",
)
