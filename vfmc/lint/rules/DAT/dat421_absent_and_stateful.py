"""Reported by the check: absent and stateful."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT421",
    name="absent-and-stateful",
    severity=Severity.ERROR,
    by="check",
    what="A loss that keeps statistics of all samples is fed by a source whose samples may lack its input.",
    why="A centre or a queue would be moved by what is not there.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
data: {absent: masked}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
data: {workers: 0}
""",
    source="centres and queues that see other samples than they should (lightly-train issue 968)",
)
