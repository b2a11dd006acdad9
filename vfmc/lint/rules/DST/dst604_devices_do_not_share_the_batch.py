"""A batch that the devices named cannot share."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DST604",
    name="devices-do-not-share-the-batch",
    triggers=("devices",),
    what="A batch does not divide among the `devices` that the spec names, or leaves a device fewer samples than micro-batches.",
    why="A run on so many ends before its first step.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
parallel: {devices: 7}
train: {batch: 128}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
parallel: {devices: 8}
train: {batch: 128}
""",
    source='the runtime gives every rank the same number of samples, or stops: "a batch of 128 does not divide among 7 ranks"',
)


def check(facts: Facts, report: Report) -> None:
    devices = facts.program.devices
    if devices is None:
        return
    for phase, _, batch, _, span in facts.batches():
        pieces = phase.train.accumulate
        if batch % devices:
            less, more = batch // devices * devices, -(-batch // devices) * devices
            report(
                span,
                f"a batch of {batch:,} does not divide among {devices:,} devices, and a run on them stops",
                help=f"{less:,} and {more:,} do" if less else f"{more:,} does",
            )
        elif pieces <= batch and batch // devices < pieces:  # more than the batch has is told by OPT517
            report(
                span,
                f"a batch of {batch:,} leaves {batch // devices:,} to each of {devices:,} devices, fewer than {pieces:,} micro-batches",
                help=f"say accumulate: {batch // devices}",
            )
