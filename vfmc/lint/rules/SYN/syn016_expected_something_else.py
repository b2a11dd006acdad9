"""Reported by the reader: expected something else."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN016",
    name="expected-something-else",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="Something stands where the language cannot have it: arithmetic, a comment of another language, a missing comma or name.",
    why="Nothing below can be understood, so the first such place is told with what may stand there.",
    bad="""\
vfmc 1
name example
extends clip_tiny
train { batch: 8 * 16 }
""",
    good="""\
vfmc 1
name example
extends clip_tiny
train { batch: 128 }
""",
    source="habits from Python, C and HCL",
)
