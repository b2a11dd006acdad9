"""Rules for weights that do not move."""

from vfmc.check.selectors import select
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OPT516",
    name="group-of-frozen-weights",
    triggers=("groups",),
    what="A group of the optimiser names only weights that are frozen.",
    why="Its rate and its decay have no effect.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  text: {with: {frozen: true}}
train: {groups: [{of: text, lr: 0.1}]}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {groups: [{of: text, lr: 0.1}]}
""",
    source="LiT's recipe under a locked tower",
)


def check(facts: Facts, report: Report) -> None:
    for phase in facts.program.phases[:1]:
        moving = {
            f"{m.name}.{w.name}"
            for m in phase.graph.modules.values()
            if not m.frozen and m.follow is None
            for w in m.weights
        }
        for group in phase.train.groups:
            chosen = select(group.of, phase.graph.modules)
            if chosen and not moving & set(chosen) and group.frozen is not True:
                report(
                    facts.place(group, "of", facts.span("train", "groups")),
                    "every weight of this group is frozen",
                    help="take the group out, or let its tower learn",
                )
