"""Reported by the check: two lengths of one training."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="OPT503",
    name="length-said-twice",
    severity=Severity.ERROR,
    by="check",
    what="`train` has a `for` beside phases, which say how long each of them lasts.",
    why="The phases decide: a `for` that was meant to shorten a training would change nothing, without a word. "
    "A spec whose base has a `for` may give phases in its place.",
    bad="""\
vfmc: 1
name: example
extends: flip_tiny
train: {for: 3 steps}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {phases: [{name: large, for: 20 epochs}, {name: small, for: 2 epochs, set: {train.batch: 64}}]}
""",
    source='a smoke run of `-s train.for="3 steps"` that trained 1,900 steps',
)
