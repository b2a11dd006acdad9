"""A component that is somebody else's."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="PLG001",
    name="component-of-a-plugin",
    severity=Severity.INFO,
    profiles=("ci", "strict"),
    what="The spec uses a component of an installed plug-in.",
    why="Whoever builds the spec needs that plug-in, in that version; the spec alone does not say so.",
    unshown="it needs a plug-in",
    tested="tests/test_lint_plugins.py::test_a_component_of_a_plug_in_is_named_with_its_package",
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
