"""Reported by the check: unknown version."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF117",
    name="unknown-version",
    severity=Severity.ERROR,
    by="check",
    what="The spec is of a version of the language that this vfmc does not read.",
    why="A later version may mean something else by the same words.",
    bad="""\
vfmc: 2
name: example
extends: clip_tiny
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="configurations that are read by another version of their library (mmpretrain issue 1834)",
)
