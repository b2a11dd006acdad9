"""Reported by the check: unknown name."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF103",
    name="unknown-name",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A name is read that nothing declares.",
    why="A loss would compare nothing, or what a default says.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {clip: {a: vison}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {clip: {a: vision}}
""",
    source="interpolations of configuration systems that are resolved at the first access, long after the start",
)
