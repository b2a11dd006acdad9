"""Reported by the check: source lacks input."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT404",
    name="source-lacks-input",
    severity=Severity.ERROR,
    by="check",
    what="A source gives samples without an input that the losses read.",
    why="The first batch would fail, or every sample be skipped.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
sources: {pairs: {use: csv, files: pairs.csv, gives: [image]}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
sources: {pairs: {use: csv, files: pairs.csv, gives: [image, caption]}}
""",
    source="shards whose keys have another suffix than the loader asks for (webdataset)",
)
