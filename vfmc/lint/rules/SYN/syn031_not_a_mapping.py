"""Reported by the reader: not a mapping."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN031",
    name="not-a-mapping",
    severity=Severity.ERROR,
    by="check",
    what="The file is a text or a list, and a spec is a mapping of sections.",
    why="There is nothing to check.",
    bad="""\
- vfmc: 1
- name: example
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="files that are handed to the linter by their suffix alone",
)
