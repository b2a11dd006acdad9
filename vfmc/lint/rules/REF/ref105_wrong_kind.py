"""Reported by the check: wrong kind."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF105",
    name="wrong-kind",
    severity=Severity.ERROR,
    by="check",
    what="A value of another kind stands where a tower, a mask, a view or a single value is needed.",
    why="Tokens, vectors, texts and images are all tensors to torch, which notices by their shapes, or does not.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {clip: {a: crop}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {clip: {a: vision}}
""",
    source="Ludwig issues 729 and 1701: valid configurations whose parts do not fit at run time",
)
