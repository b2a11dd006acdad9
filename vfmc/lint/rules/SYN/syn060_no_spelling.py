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
    spelling="console",
    bad="vfmc fmt --to vfm nothing.yaml",
    good="vfmc fmt --to vfm plain.yaml",
    files={
        "nothing.yaml": "vfmc: 1\nname: example\nextends: clip_tiny\neval: null\n",
        "plain.yaml": "vfmc: 1\nname: example\nextends: clip_tiny\n",
    },
    source="keys of YAML that are no names of the DSL",
)
