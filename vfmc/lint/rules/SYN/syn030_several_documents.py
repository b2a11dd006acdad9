"""Reported by the reader: several documents."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN030",
    name="several-documents",
    severity=Severity.ERROR,
    by="check",
    what="A file holds several YAML documents.",
    why="Most readers take the first or fail; a spec is one file.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
---
vfmc: 1
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="manifests that are joined by `---`",
)
