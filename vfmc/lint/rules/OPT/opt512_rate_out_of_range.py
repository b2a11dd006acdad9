"""A rate of another optimiser."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.plan.schedules import rate

RANGES = {
    "adamw": (1e-7, 0.02),
    "adam": (1e-7, 0.02),
    "lamb": (1e-6, 0.1),
    "adafactor": (1e-6, 0.1),
    "sgd": (1e-5, 50.0),
    "lars": (1e-4, 100.0),
}

RULE = Rule(
    code="OPT512",
    name="rate-out-of-range",
    triggers=("optimizer",),
    what="The peak learning rate is far from what the optimiser is used with.",
    why="Adam's rates are a hundredth of SGD's: an exchanged optimiser with the old rate diverges in the first hundred steps, or never moves.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {optimizer: {lr: 0.1}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="the recipes of the zoo: AdamW 1e-5 to 4e-3, SGD 1e-3 to 30 (for linear probes), LARS 0.1 to 10",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    use = train.optimizer.component_name
    low, high = RANGES.get(use, (0.0, float("inf")))
    peak, _ = rate(train)
    if not low <= peak <= high:
        word = "high" if peak > high else "low"
        report(
            facts.place(train.optimizer, "lr", facts.span("train", "optimizer")),
            f"a peak rate of {peak:g} is {word} for {use}",
            help=f"it is used with {low:g} to {high:g}",
        )
