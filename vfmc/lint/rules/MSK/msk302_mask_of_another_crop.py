"""Reported by the check: mask of another crop."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK302",
    name="mask-of-another-crop",
    severity=Severity.ERROR,
    by="doubt",
    what="A mask that was drawn for one crop hides patches of another.",
    why="The counts fit, so nothing fails: what is hidden in one view is not what the loss counts in the other.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
views: {other: {use: padded_crop, of: image, size: 16}}
masks: {hidden: {of: other}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
masks: {hidden: {of: crop}}
""",
    source="pretraining on two crops that share one mask tensor",
)
