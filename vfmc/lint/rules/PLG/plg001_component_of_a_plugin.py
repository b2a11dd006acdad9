"""A component that is somebody else's."""

from vfmc.lint.example import plugin
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="PLG001",
    name="component-of-a-plugin",
    severity=Severity.INFO,
    profiles=("ci", "strict"),
    what="The spec uses a component of an installed plug-in.",
    why="Whoever builds the spec needs that plug-in, in that version; the spec alone does not say so.",
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
    files=plugin("vfmc_gates", "gate"),
    source="configurations that named a class of a package which the next machine did not have",
)


def check(facts: Facts, report: Report) -> None:
    for component, span in facts.components():
        if component.folder is not None:
            package = type(component).__module__.partition(".")[0]
            report(
                span,
                f"`{component.component_name}` is a component of `{package}`",
                help=f"pin `{package}` beside vfmc where this spec is built",
            )
