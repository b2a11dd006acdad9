"""A component that has a successor."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DEP001",
    name="deprecated-component",
    what="The spec uses a component that its author has marked as deprecated.",
    why="It works today; the version that removes it would stop a run of many days from being repeated.",
    unshown="none of ours is deprecated: it needs a plug-in",
    tested="tests/test_lint_plugins.py::test_what_a_plug_in_deprecates_is_told_where_it_is_used",
    source="`Component.deprecated` says what to use instead",
)


def check(facts: Facts, report: Report) -> None:
    for component, span in facts.components():
        if component.deprecated:
            report(span, f"`{component.component_name}` is deprecated", help=component.deprecated)
