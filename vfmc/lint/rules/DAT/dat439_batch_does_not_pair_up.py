"""Pictures that are mixed in pairs, and a batch that has one without a neighbour."""

from vfmc.components.views.mixup import Mixup
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.plan.parts import behind
from vfmc.source import Severity

RULE = Rule(
    code="DAT439",
    name="batch-does-not-pair-up",
    severity=Severity.ERROR,
    triggers=("mixup",),
    what="A view mixes neighbours of the batch, and a micro-batch has an odd number of samples.",
    why="One sample has no neighbour, so that training ends before its first step.",
    bad="""\
vfmc: 1
name: example
extends: supervised_vit_tiny
train: {batch: 127}
""",
    good="""\
vfmc: 1
name: example
extends: supervised_vit_tiny
train: {batch: 128}
""",
    source="positions 2i and 2i + 1 are a pair (docs/contracts.md, section 1); timm's mixup asserts an even batch as well",
)


def check(facts: Facts, report: Report) -> None:
    devices = facts.program.devices or 1
    for phase, losses, batch, _, span in facts.batches():
        mixed = [v.name for v in behind(phase.graph, list(losses)) if isinstance(v.component, Mixup)]
        pieces = phase.train.accumulate
        if not mixed or batch % pieces:  # OPT517 tells that
            continue
        shared = batch // pieces % devices == 0  # DST604 tells where it is not
        share = batch // pieces // devices if shared else batch // pieces
        if share % 2 == 0:
            continue
        alone = batch // pieces % 2 == 1  # on whatever number of devices: what divides an odd number is odd
        step = 2 * pieces * (devices if shared else 1)
        near = [number for number in (batch // step * step, (batch // step + 1) * step) if number]
        where = "a batch" if pieces == 1 else f"each of {pieces:,} micro-batches"
        where += f" on each of {devices:,} devices" if shared and devices > 1 else ""
        report(
            span,
            f"`{mixed[0]}` mixes neighbours, and {where} has {share:,} samples, which do not pair up",
            help=f"a batch of {' or '.join(f'{number:,}' for number in near)} does",
            severity=Severity.ERROR if alone else Severity.WARNING,
        )
