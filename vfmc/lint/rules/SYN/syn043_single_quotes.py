"""Reported by the reader: single quotes."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN043",
    name="single-quotes",
    severity=Severity.ERROR,
    by="check",
    spelling="vfm",
    what="A text of the DSL is in single quotes.",
    why="The DSL has one kind of quotes, so that the formatter never has to choose.",
    bad="""\
vfmc 1
name example
extends clip_tiny
doc 'an example'
""",
    good="""\
vfmc 1
name example
extends clip_tiny
doc "an example"
""",
    source="habits from Python",
)
