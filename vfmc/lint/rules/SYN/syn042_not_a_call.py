"""Reported by the reader: not a call."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN042",
    name="not-a-call",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="A call is written after what cannot be called, or something is labelled or weighted that is no call.",
    why="A field of a tower is a value, and a list has no weight of its own.",
    bad="""\
vfmc 1
name example
extends clip_tiny
loss clip = 2.0 * [vision, text]
""",
    good="""\
vfmc 1
name example
extends clip_tiny
loss clip = 2.0 * contrastive(a: vision, b: text, scale: learned(max: 100.0))
""",
    source="habits from Python's attributes",
)
