"""A mask that hides nothing."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="MSK321",
    name="unread-mask",
    triggers=("masks",),
    what="A mask is declared and no tower or loss reads it.",
    why="Training runs without it, and nobody notices.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
masks:
  half: {use: random, of: crop, ratio: 0.5}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="a mask acts only where it is passed: leaving `hide:` out of a call is enough",
)


def check(facts: Facts, report: Report) -> None:
    read = {
        name
        for phase in facts.program.phases
        for value in phase.graph.pruned().values.values()
        for name in [value.name]
        if value.make == "mask"
    }
    for value in facts.graph.values.values():
        if value.make == "mask" and value.name not in read:
            report(
                value.span,
                f"nothing reads the mask `{value.name}`",
                help=f"pass it to a tower that takes one, such as {{use: TOWER, of: ..., hide: {value.name}}}, or take it out",
            )
