"""Reported by the check: frames differ."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SHP216",
    name="frames-differ",
    severity=Severity.ERROR,
    by="check",
    what="A stem takes another number of pictures than the video has.",
    why="A kernel of two pictures over four leaves half of a clip to whoever averages last.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {film: video}
views: {moving: {use: frames, of: film, count: 4, seconds: 2.0, size: 16}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [inputs.image, views.crop, eval]
towers:
  vision:
    from: moving
    pipe: [{use: patches, size: 8, width: 16, frames: 2}, mean, {use: linear, out: 32}, l2norm]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {film: video}
views: {moving: {use: frames, of: film, count: 4, seconds: 2.0, size: 16}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [inputs.image, views.crop, eval]
towers:
  vision:
    from: moving
    pipe: [{use: patches, size: 8, width: 16, frames: 4}, mean, {use: linear, out: 32}, l2norm]
""",
    source="ImageBind, whose stem takes two pictures and repeats a still one",
)
