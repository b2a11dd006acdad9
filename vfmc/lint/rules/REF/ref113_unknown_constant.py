"""Reported by the check: unknown constant."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF113",
    name="unknown-constant",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A constant is used that `let` does not declare, or declares below.",
    why="It would stand for its own name.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
let: {batch: 64}
train: {batch: $bach}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
let: {batch: 64}
train: {batch: $batch}
""",
    source="interpolations that are left in a value as text",
)
