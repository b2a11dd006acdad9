"""Micro-batches of unequal size."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OPT517",
    name="accumulate-does-not-divide",
    triggers=("accumulate",),
    what="The number of micro-batches does not divide the batch.",
    why="Some micro-batches are larger than others: memory is that of the largest, and the machine waits for it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 128, accumulate: 3}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 128, accumulate: 4}
""",
    source="the runtime splits as evenly as it can and says nothing",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    if train.batch % train.accumulate:
        near = [n for n in range(1, train.batch + 1) if train.batch % n == 0]
        best = min(near, key=lambda n: abs(n - train.accumulate))
        report(
            facts.span("train", "accumulate"),
            f"{train.accumulate} micro-batches do not divide a batch of {train.batch}",
            help=f"{best} do",
        )
