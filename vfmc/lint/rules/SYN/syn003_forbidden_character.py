"""Reported by the reader: forbidden character."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN003",
    name="forbidden-character",
    severity=Severity.ERROR,
    by="check",
    what="A spec holds a character that cannot be seen, turns the direction of the text, or ends a line in some programs only.",
    why="What a reviewer reads is then not what is built.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: \ufeff64}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 64}
""",
    source="the Trojan Source attack (CVE-2021-42574)",
)
