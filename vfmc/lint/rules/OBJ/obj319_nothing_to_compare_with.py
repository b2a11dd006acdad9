"""A comparison of one."""

from vfmc.components import LossKind
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="OBJ319",
    name="nothing-to-compare-with",
    severity=Severity.ERROR,
    triggers=("batch",),
    what="A loss that tells a sample from the others of its batch has a batch of one.",
    why="Without a negative the softmax has one entry: the loss is 0 at every step, and nothing is learned.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 1}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 2}
""",
    source="SimCLR, arXiv 2002.05709 sec. 2.1: the other samples of the batch are the negatives",
)


def check(facts: Facts, report: Report) -> None:
    for phase, losses, batch, _, span in facts.batches():
        for term in phase.graph.terms:
            loss = phase.graph.values[term.value].component
            if term.name in losses and isinstance(loss, LossKind) and batch < loss.fewest:
                report(
                    span,
                    f"`{term.name}` tells a sample from the others of its batch, and a batch of {batch} has none",
                    help=f"{loss.fewest} is the least, and hundreds are usual",
                )
