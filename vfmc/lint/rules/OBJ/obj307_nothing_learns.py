"""Reported by the check: nothing learns."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ307",
    name="nothing-learns",
    severity=Severity.ERROR,
    by="check",
    what="Everything that a loss compares is frozen, so that it teaches nobody.",
    why="It costs a pass in every step; most often the wrong one of two towers was locked.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers: {vision: {with: {frozen: true}}, text: {with: {frozen: true}}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers: {vision: {with: {frozen: true}}}
""",
    source="locked-image tuning with both towers locked (open_clip issue 830)",
)
