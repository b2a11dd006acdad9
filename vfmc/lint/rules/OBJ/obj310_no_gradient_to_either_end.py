"""A loss that teaches nobody."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ310",
    name="no-gradient-to-either-end",
    severity=Severity.ERROR,
    triggers=("frozen",),
    what="Everything that a loss is made of is frozen or a copy.",
    why="It has no gradient: the term costs a pass in every step and changes nothing.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  vision: {with: {frozen: true}}
  text: {with: {frozen: true}}
losses:
  clip: {scale: {use: fixed, value: 20.0}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  text: {with: {frozen: true}}
""",
    source="ImageBind binds a tower to a frozen one, and people freeze both (multimodal trainers' issue lists)",
)


def check(facts: Facts, report: Report) -> None:
    for name, _, value in facts.losses():
        learns = any(
            (module := facts.graph.modules.get(each.module)) is not None and module.size and not module.frozen
            for each in facts.behind(value)
        )
        if not learns:
            report(
                facts.span("losses", name),
                f"nothing that `{name}` is made of learns",
                help="let one of its towers learn, or take the loss out",
            )
