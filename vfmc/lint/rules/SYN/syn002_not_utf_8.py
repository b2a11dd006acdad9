"""Reported by the reader: not utf 8."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN002",
    name="not-utf-8",
    severity=Severity.ERROR,
    by="check",
    what="A byte of the file is not UTF-8.",
    why="Readers that guess an encoding read another name, class or caption than the one that was written.",
    unshown="it is about bytes, and an example has characters",
    tested="tests/test_syntax_hostile.py::test_bytes_that_are_not_utf_8_are_shown_where_they_stand",
    source="YAML 1.2.2 section 5.2, which names the encodings of a stream",
)
