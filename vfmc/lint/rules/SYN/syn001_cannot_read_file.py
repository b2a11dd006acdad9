"""Reported by the reader: cannot read file."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN001",
    name="cannot-read-file",
    severity=Severity.ERROR,
    by="check",
    what="A spec that is named on the command line, or one that it extends, cannot be read.",
    why="A path that is misspelt in a CI job would otherwise be a job that checks nothing and is green.",
    spelling="console",
    bad="vfmc lint /dev/null",
    good="vfmc lint clip_tiny",
    source="shell globs that match nothing in CI jobs",
)
