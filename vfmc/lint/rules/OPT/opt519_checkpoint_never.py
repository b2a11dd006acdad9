"""Nothing to go on from."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OPT519",
    name="checkpoint-never",
    triggers=("checkpoint",),
    what="The interval of checkpoints is longer than training.",
    why="Only the end is saved: an interrupted run begins again.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {checkpoint: 100 epochs}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="runs that were lost on the last day",
)


def check(facts: Facts, report: Report) -> None:
    every = facts.program.train.checkpoint
    whole = sum(phase.length.value for phase in facts.program.phases)
    if (
        every is not None
        and {every.unit} == {phase.length.unit for phase in facts.program.phases}
        and every.value > whole
    ):
        report(
            facts.span("train", "checkpoint"),
            f"a checkpoint every {every} in a training of {whole:g} {every.unit}",
            help="keep one at least every tenth of the training",
        )
