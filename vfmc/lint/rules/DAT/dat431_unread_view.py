"""A view that nobody looks at."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT431",
    name="unread-view",
    triggers=("views",),
    what="A view is declared and nothing reads it.",
    why="Its augmentation is not part of training, whatever its author thinks; it costs nothing but clarity.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
views:
  other: {use: center_crop, of: image, size: 16}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="renamed views that a copied tower still reads under the old name",
)


def check(facts: Facts, report: Report) -> None:
    read = {value.name for phase in facts.program.phases for value in phase.graph.pruned().values.values()}
    read |= {call.feed for call in facts.program.callables.values()}
    used = {
        str(getattr(value.component, argument, ""))
        for value in facts.graph.values.values()
        for argument in ("to", "like")
    }
    used |= {
        getattr(getattr(value.component, "crop", None), "name", "") for value in facts.graph.values.values()
    }
    used |= read
    for value in facts.graph.values.values():
        if value.make == "view" and value.name not in used:
            report(
                value.span,
                f"nothing reads the view `{value.name}`",
                help="apply a tower to it, or take it out",
            )
