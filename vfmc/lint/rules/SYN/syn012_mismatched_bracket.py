"""Reported by the reader: mismatched bracket."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN012",
    name="mismatched-bracket",
    severity=Severity.ERROR,
    by="check",
    what="A bracket is closed by one of another kind, or closes nothing.",
    why="It is not clear where the list or the call was meant to end.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {optimizer: {betas: [0.9, 0.95}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {optimizer: {betas: [0.9, 0.95]}}
""",
    source="editing calls inside of lists by hand",
)
