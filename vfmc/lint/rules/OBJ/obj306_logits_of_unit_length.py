"""Reported by the check: logits of unit length."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ306",
    name="logits-of-unit-length",
    severity=Severity.ERROR,
    by="doubt",
    what="The logits of a classifier have unit length.",
    why="With ten classes no probability can come above 0.25: the loss stays near that of guessing.",
    bad="""\
vfmc: 1
name: example
extends: supervised_vit_tiny
towers: {classifier: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, {use: linear, out: 10, as: head}, l2norm]}}
""",
    good="""\
vfmc: 1
name: example
extends: supervised_vit_tiny
towers: {classifier: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, cls, {use: linear, out: 10, as: head}]}}
""",
    source="heads that are copied from a contrastive model",
)
