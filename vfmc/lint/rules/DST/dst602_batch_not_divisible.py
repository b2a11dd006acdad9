"""A batch that machines cannot share."""

from vfmc.lint.rule import Facts, Report, Rule

DEVICES = 8
SMALL = 256  # trains on one device

RULE = Rule(
    code="DST602",
    name="batch-not-divisible",
    triggers=("batch",),
    profiles=("strict",),
    what="A batch above 256 is not divisible by 8, and the spec does not name its `devices`.",
    why="Machines have 8 devices: the run refuses to start on a whole one.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 300}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {batch: 320}
""",
    source="the runtime divides a batch evenly over ranks or stops",
)


def check(facts: Facts, report: Report) -> None:
    batch = facts.program.train.batch
    if facts.program.devices is not None:
        return  # DST604 compares with them
    if batch > SMALL and batch % DEVICES:
        report(
            facts.span("train", "batch"),
            f"a batch of {batch:,} does not divide among {DEVICES} devices",
            help=f"{round(batch / DEVICES) * DEVICES:,} does",
        )
