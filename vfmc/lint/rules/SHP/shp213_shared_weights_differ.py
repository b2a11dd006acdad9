"""Reported by the check: shared weights differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP213",
    name="shared-weights-differ",
    severity=Severity.ERROR,
    by="check",
    what="Weights of one name are used with two widths, or a phase changes the shape of weights.",
    why="One name is one tensor: a second one would be lost in the checkpoint.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  project: {pipe: [{use: linear, out: 32}, l2norm]}
  vision: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, project]}
  text: {pipe: [{use: text_transformer, width: 32, depth: 2, heads: 4, causal: true}, eot, project]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  project: {pipe: [{use: linear, out: 32}, l2norm]}
  vision: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, project]}
  text: {pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4, causal: true}, eot, project]}
""",
    source="phases of other resolutions, which need the weights of the first",
)
