"""Reported by the check: unknown address."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF111",
    name="unknown-address",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="An address of `without`, of `set` or of `-s` leads to nothing.",
    why="An override that changes nothing is believed to have changed something.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
without: [eval.retreival]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
without: [eval.retrieval]
""",
    source="Hydra issue 1912; overrides of mmengine that add a new key",
)
