"""Scores of every word at every place."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.types import Tokens

LIMIT = 16 * 2**30
HELD = 2
DEVICES = 8

RULE = Rule(
    code="MEM802",
    name="scores-of-a-vocabulary",
    triggers=("next_token",),
    preview=True,
    what="The scores of a vocabulary take more than 16 GiB for a micro-batch on one device.",
    why="Batch times length times vocabulary is the largest tensor of a captioner, and has a gradient.",
    bad="""\
vfmc: 1
name: example
extends: coca_vit_b32
train: {batch: 8192, accumulate: 1}
""",
    good="""\
vfmc: 1
name: example
extends: coca_vit_b32
train: {batch: 8192, accumulate: 64}
""",
    source="CoCa's decoder at 64,000 words; the reason for fused vocabulary losses",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    for name, loss, value in facts.losses():
        if loss.component_name != "next_token":
            continue
        logits = facts.graph.values[value.operand("logits")].type
        assert isinstance(logits, Tokens)
        rows = train.batch // (train.accumulate * DEVICES)
        needed = HELD * 4 * rows * logits.count * logits.width
        if needed > LIMIT:
            report(
                facts.span("train", "batch"),
                f"`{name}` holds {needed / 2**30:.0f} GiB of scores on each of {DEVICES} devices",
                help=f"say accumulate: {-(-needed // LIMIT) * train.accumulate}",
            )
