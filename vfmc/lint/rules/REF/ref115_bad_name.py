"""Reported by the check: bad name."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF115",
    name="bad-name",
    severity=Severity.ERROR,
    by="check",
    what="A name is no name: it has signs that Python's names lack, is a word of Python, or one that torch's modules use themselves.",
    why="Names become attributes of generated code; `train` or `forward` would replace a method of the module.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - {use: linear, out: 32, as: forward}
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
      - {use: linear, out: 32, as: project}
      - l2norm
""",
    source="attributes that hide methods of torch.nn.Module",
)
