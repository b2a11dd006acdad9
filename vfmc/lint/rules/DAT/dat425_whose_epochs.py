"""Reported by the check: whose epochs."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT425",
    name="whose-epochs",
    severity=Severity.WARNING,
    by="doubt",
    what="A length is given in epochs, and the steps read several sources of which none is named.",
    why="An epoch of a small source is a few steps and one of a large source is days, so the length and the schedule depend on the order of the file.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {copy: {use: mse, prediction: painter, target: {use: patch_pixels, of: crop, size: 4}}}
towers: {painter: {from: crop, pipe: [{use: patches, size: 4, width: 48}]}}
sources:
  pairs: {use: digits, feeds: [clip]}
  images: {use: digits, by: writer, feeds: [copy]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses: {copy: {use: mse, prediction: painter, target: {use: patch_pixels, of: crop, size: 4}}}
towers: {painter: {from: crop, pipe: [{use: patches, size: 4, width: 48}]}}
sources:
  pairs: {use: digits, feeds: [clip]}
  images: {use: digits, by: writer, feeds: [copy]}
data: {epoch_of: pairs}
""",
    source="people who ask how unequal sets of pairs are mixed in one training (ImageBind issue 57, open_clip issue 547)",
)
