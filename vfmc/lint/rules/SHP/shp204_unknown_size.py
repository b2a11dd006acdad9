"""Reported by the check: unknown size."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP204",
    name="unknown-size",
    severity=Severity.ERROR,
    by="check",
    what="A size or a length is needed that is not known before training.",
    why="Positions, masks and decoders are made for a number of tokens.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers: {vision: {from: image}}
eval: {zero_shot: {image: vision}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers: {vision: {from: crop}}
""",
    source="models that learn their sizes from the first batch",
)
