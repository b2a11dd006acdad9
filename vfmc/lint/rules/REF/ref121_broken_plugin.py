"""Reported by the check: broken plugin."""

from vfmc.lint.example import plugin
from vfmc.lint.rule import Rule
from vfmc.source import Severity

RULE = Rule(
    code="REF121",
    name="broken-plugin",
    severity=Severity.ERROR,
    by="check",
    what="A plug-in whose component the spec uses cannot be loaded.",
    why="The reason is told with the plug-in's name; a traceback of its import would blame vfmc.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, cls, gate]}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, cls, layernorm]}
""",
    files=plugin("vfmc_gates", "gate", begins="import a_package_that_is_gone"),
    source="entry points that raise at import",
)
