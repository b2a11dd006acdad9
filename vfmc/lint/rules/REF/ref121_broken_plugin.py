"""Reported by the check: broken plugin."""

from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF121",
    name="broken-plugin",
    severity=Severity.ERROR,
    by="check",
    what="A plug-in whose component the spec uses cannot be loaded.",
    why="The reason is told with the plug-in's name; a traceback of its import would blame vfmc.",
    unshown="it needs a plug-in that is installed and broken",
    tested="tests/test_plugin.py::test_a_plug_in_that_cannot_be_imported_is_a_finding",
    source="entry points that raise at import",
)
