"""Reported by the reader: no spelling."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="SYN060",
    name="no-spelling",
    severity=Severity.ERROR,
    by="check",
    what="A spec in one spelling says what the other one has no words for.",
    why="`vfmc fmt --to` would have to leave it out, and the two texts would be two specs.",
    unshown="`vfmc fmt --to` alone reports it",
    tested="tests/test_lint_reported.py::test_a_spec_that_the_dsl_has_no_words_for_stays_in_yaml",
    source="keys of YAML that are no names of the DSL",
)
