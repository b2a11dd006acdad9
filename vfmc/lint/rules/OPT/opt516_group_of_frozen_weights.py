"""Rules for weights that do not move."""

from vfmc.check.selectors import select
from vfmc.graph import Graph
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
    phases = facts.program.phases
    groups = {(id(g.of), g.frozen is True): g for phase in reversed(phases) for g in phase.train.groups[::-1]}
    learning = [moving(phase.graph) for phase in phases] if groups else []
    for group in reversed(groups.values()):  # one group of the spec stands in every phase
        if group.frozen is True:
            continue
        found = False
        for phase, names in zip(phases, learning, strict=True):
            chosen = select(group.of, phase.graph.modules)
            found |= bool(chosen)
            if not names.isdisjoint(chosen):
                break
        else:
            if not found:
                continue
            report(
                facts.place(group, "of", facts.span("train", "groups")),
                "every weight of this group is frozen" + ", in all phases" * (len(phases) > 1),
                help="take the group out, or let its tower learn",
            )


def moving(graph: Graph) -> set[str]:
    """The weights of a phase that are neither frozen nor copies."""
    return {
        f"{module.name}.{weight.name}"
        for module in graph.modules.values()
        if not module.frozen and module.follow is None
        for weight in module.weights
    }
