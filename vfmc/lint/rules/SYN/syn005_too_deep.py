"""Reported by the reader: too deep."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN005",
    name="too-deep",
    severity=Severity.ERROR,
    by="check",
    what="Brackets or indentation nest deeper than 64 levels.",
    why="Readers that descend by recursion end in a traceback, or in no end at all.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
let: {deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
let: {flat: [0.9, 0.98]}
train: {optimizer: {betas: $flat}}
""",
    source="hangs and tracebacks of template linters on hostile input (cfn-lint issues 938 and 4387)",
)
