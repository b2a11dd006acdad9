"""Statistics of a piece."""

from vfmc.components.external import External
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Label

RULE = Rule(
    code="DST603",
    name="batch-norm-under-micro-batches",
    triggers=("accumulate",),
    what="A batch norm trains with micro-batches.",
    why="Its statistics are those of a micro-batch: accumulation is then no longer the same as the whole batch.",
    bad="""\
vfmc: 1
name: example
extends: simclr_tiny
train: {accumulate: 2}
""",
    good="""\
vfmc: 1
name: example
extends: simclr_tiny
""",
    source="every framework's note on gradient accumulation",
)


def _known(component: object) -> bool:
    """Whether a stage is known to mix samples: nobody has looked into those of other libraries."""
    return getattr(component, "couples", False) is True and not isinstance(component, External)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    if train.accumulate == 1:
        return
    stage = next((v for v in facts.graph.values.values() if _known(v.component)), None)
    if stage is not None:
        labels = (Label(stage.span, "this norm mixes samples"),)
        report(
            facts.span("train", "accumulate"),
            f"`{stage.component.component_name}` takes its statistics from each of {train.accumulate} micro-batches",
            help="say accumulate: 1, or use a norm of single samples",
            labels=labels,
        )
