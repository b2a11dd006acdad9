"""A component of a plug-in that can never be used."""

from vfmc.components import registry
from vfmc.lint.example import plugin
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="PLG002",
    name="plugin-is-hidden",
    profiles=("ci", "strict"),
    what="An installed plug-in has a component of the same kind and name as one that the spec uses, and is passed over for it.",
    why="Ours comes first, then plug-ins by the name of their package: the spec means another component than its writer may think.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, mean]}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, cls, gate]}
""",
    files=plugin("vfmc_gates", "gate", "mean"),
    source="the order in which names are looked up (docs/add_a_component.md)",
)


def check(facts: Facts, report: Report) -> None:
    plugins = registry.plugins()
    if not plugins:
        return
    for component, span in facts.components():
        folder = registry.FOLDERS.get(component.kind)
        if folder is None:
            continue
        own = type(component).__module__.rpartition(f".{folder}.")[0]
        for package, place in plugins:
            if package != own and (place / folder / f"{component.component_name}.py").is_file():
                first = "vfmc" if own == "vfmc.components" else own
                report(
                    span,
                    f"`{component.component_name}` means the one of `{first}`, not the one of `{package}`",
                    help="the plug-in's author must give it another name",
                )
