"""Statistics of one number."""

from vfmc.components import LossKind, Stage
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.plan.parts import behind
from vfmc.source import Label, Severity
from vfmc.types import Features, item

RULE = Rule(
    code="NUM705",
    name="norm-of-one-value",
    severity=Severity.ERROR,
    triggers=("batch", "accumulate"),
    what="A batch norm trains on a single value a channel: one sample in a micro-batch, of one place.",
    why="One number has no variance: torch refuses to train.",
    bad="""\
vfmc: 1
name: example
extends: simclr_tiny
train: {batch: 8, accumulate: 8}
""",
    good="""\
vfmc: 1
name: example
extends: simclr_tiny
train: {batch: 8}
""",
    source='torch: "Expected more than 1 value per channel when training"',
)


def check(facts: Facts, report: Report) -> None:
    for phase, losses, batch, samples, span in facts.batches():
        terms = [
            phase.graph.values[term.value].component for term in phase.graph.terms if term.name in losses
        ]
        if samples != 1 or any(isinstance(loss, LossKind) and batch < loss.fewest for loss in terms):
            continue  # none at all is OPT517's, none to compare with OBJ319's
        for value in behind(phase.graph, sorted(losses)):
            module, kind = phase.graph.modules.get(value.module), item(value.type)
            if (
                not isinstance(value.component, Stage)
                or not value.component.couples
                or not module
                or module.frozen
            ):
                continue
            if isinstance(kind, Features) and kind.height * kind.width > 1:
                continue
            pieces = phase.train.accumulate
            word = value.component.component_name
            report(
                facts.span("train", "accumulate") if batch > 1 else span,
                f"the batch norm of `{word}` would see one sample at a time"
                + (f": {pieces} micro-batches of a batch of {batch}" if pieces > 1 else ""),
                labels=(Label(value.span, "this norm takes its statistics over samples"),),
                help="let a micro-batch have two samples or more",
            )
            return
