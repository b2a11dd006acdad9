"""Reported by the check: unknown field."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF107",
    name="unknown-field",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A field of a tower or of a value is read that it does not have.",
    why="Outputs of models are dictionaries in most libraries, and a missing key is found in the first step.",
    bad="""\
vfmc: 1
name: example
extends: coca_tiny
towers: {text: {from: words.csl}}
""",
    good="""\
vfmc: 1
name: example
extends: coca_tiny
towers: {text: {from: words.cls}}
""",
    source="dictionaries of features in CoCa implementations",
)
