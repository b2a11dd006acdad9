"""Reported by the check: counts differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP212",
    name="counts-differ",
    severity=Severity.ERROR,
    by="check",
    what="As many tokens are predicted as the target does not have.",
    why="Where broadcasting makes them fit, the loss is a number that means nothing.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
towers: {decoder: {pipe: [{use: restore, mask: hidden}, {use: linear, out: 48}]}}
losses: {pixels: {target: {size: 4}}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
towers: {decoder: {pipe: [{use: restore, mask: hidden}, {use: linear, out: 12}]}}
""",
    source="losses on tokens of another patch size",
)
