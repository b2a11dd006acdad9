"""Reported by the reader: bad escape."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN014",
    name="bad-escape",
    severity=Severity.ERROR,
    by="check",
    what="A quoted text holds an escape that there is not.",
    why="A path of Windows or a regular expression in double quotes would be read as something else.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
doc: "from C:\\data"
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
doc: 'from C:\\data'
""",
    source="backslashes of Windows paths in YAML",
)
