"""Reported by the check: cropped twice."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT402",
    name="cropped-twice",
    severity=Severity.ERROR,
    by="check",
    what="A view is made of what was cut, mixed or windowed already.",
    why="Scales and sizes of the second cut are relative to the first, which no recipe of a paper means.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {of: larger}, larger: {use: center_crop, of: image, size: 20}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {of: image}}
""",
    source="augmentation pipelines in which a crop is inherited and another one added",
)
