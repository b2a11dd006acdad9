"""Reported by the check: restored by another mask."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK306",
    name="restored-by-another-mask",
    severity=Severity.ERROR,
    by="check",
    what="`restore` puts tokens back that this mask did not drop.",
    why="Mask tokens would stand where visible ones were.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
losses: {pixels: {prediction: {of: {use: encoder, of: crop, hide: null}}}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
losses: {pixels: {prediction: {of: {use: encoder, of: crop, hide: hidden}}}}
""",
    source="decoders that are given another mask than their encoder",
)
