"""Reported by the check: lists do not zip."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP214",
    name="lists-do-not-zip",
    severity=Severity.ERROR,
    by="check",
    what="A tower is applied to a list of views with a list of masks that does not come from it.",
    why="Lists are zipped: the first with the first. From different declarations that pairs what does not belong together.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
views:
  pair: {use: padded_crop, of: image, size: 16, count: 2}
masks:
  many: {use: random, of: pair, ratio: 0.75}
losses:
  pixels: {prediction: {of: {use: encoder, of: crop, hide: many}}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
""",
    source="multi-crop code that zips lists of different lengths (vissl issue 339)",
)
