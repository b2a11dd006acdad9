"""Reported by the check: no source."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT401",
    name="no-source",
    severity=Severity.WARNING,
    by="doubt",
    what="No source is declared, so that training needs `--data`.",
    why="What was trained on is then in a shell's history instead of in the spec.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
without: [sources, eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="checkpoints of which nobody knows the data (solo-learn issue 394)",
)
