"""Micro-batches of unequal size."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="OPT517",
    name="accumulate-does-not-divide",
    triggers=("accumulate",),
    what="The number of micro-batches does not divide the batch; it is an error where it is larger.",
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
    for phase, _, batch, samples, _ in facts.batches():
        pieces = phase.train.accumulate
        if batch % pieces:
            near = [n for n in range(1, min(batch, 2 * pieces) + 1) if batch % n == 0]
            best = min(near, key=lambda n: abs(n - pieces))
            report(
                facts.span("train", "accumulate"),
                f"{pieces} micro-batches do not divide a batch of {batch}"
                + ", and some would be empty" * (samples == 0),
                help=f"{best} do" if best > 1 else "say accumulate: 1",
                severity=None if samples else Severity.ERROR,
            )
