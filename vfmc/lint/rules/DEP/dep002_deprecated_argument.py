"""An argument that has a successor."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DEP002",
    name="deprecated-argument",
    what="The spec writes an argument that the component's author has marked as deprecated.",
    why="It works today; the version that removes it makes the spec an error.",
    unshown="none of ours is deprecated: it needs a plug-in",
    tested="tests/test_lint_plugins.py::test_what_a_plug_in_deprecates_is_told_where_it_is_used",
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
