"""An argument that has a successor."""

from vfmc.lint.example import plugin
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DEP002",
    name="deprecated-argument",
    what="The spec writes an argument that the component's author has marked as deprecated.",
    why="It works today; the version that removes it makes the spec an error.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, cls, {use: gate, rate: 0.5}]}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, cls, gate]}
""",
    files=plugin("vfmc_gates", "gate", rate="say nothing: it does nothing"),
    source="pydantic's `deprecated` of a field says what to use instead",
)


def check(facts: Facts, report: Report) -> None:
    for component, _ in facts.components():
        old = {name: info.deprecated for name, info in component.arguments().items() if info.deprecated}
        for entry in facts.program.entries.get(id(component), ()) if old else ():
            if entry.name in old:
                report(
                    entry.key.span,
                    f"`{entry.name}` of `{component.component_name}` is deprecated",
                    help=str(old[entry.name]),
                )
