"""Reported by the check: nothing hidden."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="MSK308",
    name="nothing-hidden",
    severity=Severity.ERROR,
    by="check",
    what="A loss counts the tokens that a mask hides, and it hides none.",
    why="The mean over nothing is NaN.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
masks: {hidden: {ratio: 0.0}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
masks: {hidden: {ratio: 0.5}}
""",
    source="last phases of FLIP and others that train without a mask",
)
