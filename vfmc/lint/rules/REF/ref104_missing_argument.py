"""Reported by the check: missing argument."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF104",
    name="missing-argument",
    severity=Severity.ERROR,
    by="check",
    what="A section, a component or a pipe lacks what it cannot do without.",
    why="A default would have to be made up.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
masks: {hidden: {use: random, of: crop}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
export: {vision: vision, text: text}
""",
    source="constructors that raise a TypeError for a missing argument, without the place in the configuration",
)
