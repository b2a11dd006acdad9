"""Reported by the check: shadows component."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF116",
    name="shadows-component",
    severity=Severity.WARNING,
    by="doubt",
    what="A tower is called as a stage is.",
    why="`- mean` in a pipe would be one or the other, by a rule that a reader has to know.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  mean: {pipe: [cls]}
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, mean]}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, mean]}
""",
    source="plug-in names that hide built-in ones",
)
