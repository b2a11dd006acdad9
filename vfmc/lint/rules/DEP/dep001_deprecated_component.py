"""A component that has a successor."""

from vfmc.lint.example import plugin
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DEP001",
    name="deprecated-component",
    what="The spec uses a component that its author has marked as deprecated.",
    why="It works today; the version that removes it would stop a run of many days from being repeated.",
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
    files=plugin("vfmc_gates", "gate", deprecated="use `layernorm`"),
    source="`Component.deprecated` says what to use instead",
)


def check(facts: Facts, report: Report) -> None:
    for component, span in facts.components():
        if component.deprecated:
            report(span, f"`{component.component_name}` is deprecated", help=component.deprecated)
