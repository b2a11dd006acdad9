"""Reported by the check: masked in evaluation."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK309",
    name="masked-in-evaluation",
    severity=Severity.ERROR,
    by="check",
    what="A tower that is evaluated or exported hides tokens.",
    why="Features of a random quarter of the patches would be measured, another quarter each time.",
    bad="""\
vfmc: 1
name: example
extends: mae_vit_b16
towers: {encoder: {takes: {hide: hidden}}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_vit_b16
towers: {encoder: {takes: {hide: null}}}
""",
    source="linear probes of masked encoders that are left in training mode",
)
