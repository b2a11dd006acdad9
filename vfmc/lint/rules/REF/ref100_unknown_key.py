"""Reported by the check: unknown key."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF100",
    name="unknown-key",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A section or a record of settings has a key that it does not know.",
    why="A key that nothing reads leaves a default in force, and the run is not the one that was configured.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {bacth: 64}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 64}
""",
    source="open_clip's coca_base configuration, which has keys that nothing consumes; vissl issue 422, transforms dropped without a word",
)
