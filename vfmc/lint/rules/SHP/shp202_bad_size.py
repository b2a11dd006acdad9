"""Reported by the check: bad size."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP202",
    name="bad-size",
    severity=Severity.ERROR,
    by="check",
    what="A size is neither one side in pixels nor [rows, columns].",
    why="Libraries differ in whether width or height comes first.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: patches, size: [4, 4, 3], width: 64}
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
      - {use: patches, size: [4, 8], width: 64}
      - mean
      - {use: linear, out: 32}
      - l2norm
""",
    source="sizes of pictures that are not square (mae issue 108)",
)
