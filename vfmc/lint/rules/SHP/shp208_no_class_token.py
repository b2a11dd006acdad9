"""Reported by the check: no class token."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP208",
    name="no-class-token",
    severity=Severity.ERROR,
    by="check",
    what="A class token is read where there is none.",
    why="The first token would be a patch of the upper left corner.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: patches, size: 4, width: 64}
      - {use: blocks, depth: 4, heads: 4}
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
      - {use: patches, size: 4, width: 64}
      - {use: blocks, depth: 4, heads: 4}
      - mean
      - {use: linear, out: 32}
      - l2norm
""",
    source="implementations that read token 0 of any encoder",
)
