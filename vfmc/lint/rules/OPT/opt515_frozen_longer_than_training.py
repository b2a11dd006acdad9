"""A window that never opens."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OPT515",
    name="frozen-longer-than-training",
    triggers=("frozen",),
    what="Weights are frozen until training is over.",
    why="They never move, which `frozen: true` says more clearly.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
train: {groups: [{of: head.last, frozen: {until: 50 epochs}}]}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
""",
    source="DINO freezes its last layer for one epoch (its published recipe)",
)


def check(facts: Facts, report: Report) -> None:
    whole = sum(phase.length.value for phase in facts.program.phases)
    units = {phase.length.unit for phase in facts.program.phases}
    for index, group in enumerate(facts.program.train.groups):
        until = group.frozen_until()
        if until is not None and {until.unit} == units and until.value >= whole:
            report(
                facts.place(group, "frozen", facts.span("train", "groups")),
                f"group {index} is frozen until {until}, and training lasts {whole:g} {until.unit}",
                help="say frozen: true, or open the window earlier",
            )
