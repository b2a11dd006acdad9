"""A value that is there already."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="STY012",
    name="default-said-again",
    severity=Severity.INFO,
    triggers=("normalize",),
    profiles=("strict",),
    preview=True,
    what="An argument is given its default value.",
    why="What stands in a spec is read as a decision.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views:
  crop: {use: padded_crop, of: image, size: 16, padding: 1, normalize: imagenet}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="pylint and clippy have their like",
)


def check(facts: Facts, report: Report) -> None:
    for value in facts.graph.values.values():
        if value.make == "view" and (entry := facts.given(value.component, "normalize")) is not None:
            default = value.component.arguments()["normalize"].default
            if getattr(value.component, "normalize", None) == default:
                report(entry.key.span, f"`normalize` is {default} by default", help="leave it out")
