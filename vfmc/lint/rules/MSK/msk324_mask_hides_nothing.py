"""A mask of ratio 0."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.types import Mask

RULE = Rule(
    code="MSK324",
    name="mask-hides-nothing",
    triggers=("masks",),
    what="A mask hides no token in any phase.",
    why="The spec reads as if it trained with hidden tokens, and every token goes through every block.",
    bad="""\
vfmc: 1
name: example
extends: flip_tiny
masks: {half: {ratio: 0.0}}
""",
    good="""\
vfmc: 1
name: example
extends: flip_tiny
masks: {half: {ratio: 0.75}}
""",
    source="FLIP, arXiv 2212.00794: a ratio of 0 is for the last, unmasked phase, which sets it for itself",
)


def check(facts: Facts, report: Report) -> None:
    program = facts.program
    hiding = {
        value.name
        for phase in program.phases
        for value in phase.graph.values.values()
        if isinstance(value.type, Mask) and value.type.hidden
    }
    read = {value.name for phase in program.phases for value in phase.graph.pruned().values.values()}
    for value in facts.graph.values.values():
        if value.make == "mask" and value.name in read and value.name not in hiding:
            report(
                facts.place(value.component, "ratio", value.span),
                f"the mask `{value.name}` hides no token in any phase",
                help="give a ratio above 0, or take the mask out; a phase that shows everything sets it to 0 for itself",
            )
