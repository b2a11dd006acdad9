"""Reported by the check: bad extends."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF112",
    name="bad-extends",
    severity=Severity.ERROR,
    by="check",
    fix="unsafe",
    what="`extends` names a spec that there is not, leaves the folder of the spec, or is an address of the network.",
    why="A spec that is checked in CI may come from a stranger: it must not read files of the runner, nor open a connection.",
    bad="""\
vfmc: 1
name: example
extends: clip_tny
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="remote includes of CI configurations",
)
