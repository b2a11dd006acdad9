"""Reported by the check: prediction lacks tokens."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK307",
    name="prediction-lacks-tokens",
    severity=Severity.ERROR,
    by="check",
    what="A prediction lacks the tokens that the loss counts, because nothing restored them.",
    why="There is no prediction at a hidden place.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
towers: {decoder: {pipe: [{use: linear, out: 12}]}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
towers: {decoder: {pipe: [{use: restore, mask: hidden}, {use: linear, out: 12}]}}
""",
    source="decoders without mask tokens",
)
