"""Reported by the check: sources do not mix."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT420",
    name="sources-do-not-mix",
    severity=Severity.ERROR,
    by="check",
    what="Several sources do not share the losses in a way that a step can have: some losses alone, a loss without a source, shares that are missing.",
    why="Which source a loss saw in a step would depend on the order of the file.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
sources: {more: {use: digits, by: writer}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
sources: {more: {use: digits, by: writer}}
data: {mix: ratio}
""",
    source="mixing data sets of unequal size (open_clip issue 547, ImageBind issue 57)",
)
