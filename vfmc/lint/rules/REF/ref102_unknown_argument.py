"""Reported by the check: unknown argument."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF102",
    name="unknown-argument",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="A component is given an argument that it does not take.",
    why="Where it is accepted silently the default stays; where it is not, the constructor raises with neither file nor line.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {paddng: 2}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
views: {crop: {padding: 2}}
""",
    source="Hydra issue 1912, whose message advised to add the misspelt key",
)
