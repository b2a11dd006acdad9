"""Reported by the check: bad renaming."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF122",
    name="bad-renaming",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="`renamed` leads to a weight that there is not, or from a name that weights still have.",
    why="A checkpoint would be loaded with the weights of one name left at their beginning.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
renamed: {visual: visoin}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
renamed: {visual: vision}
""",
    source="prefixes that differ between libraries (lightly issues 1475 and 1621)",
)
