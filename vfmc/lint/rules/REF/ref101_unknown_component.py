"""Reported by the check: unknown component."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF101",
    name="unknown-component",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A component is used that there is not.",
    why="Registries answer with a KeyError of the whole registry, after the program has started.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {use: paded_crop, of: image, size: 16}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {use: padded_crop, of: image, size: 16}}
""",
    source="mmengine issues 1111 and 1662",
)
