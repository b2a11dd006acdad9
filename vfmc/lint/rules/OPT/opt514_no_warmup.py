"""A cold start."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OPT514",
    name="no-warmup",
    triggers=("optimizer",),
    profiles=("strict",),
    what="A transformer trains with Adam at its full rate from the first step.",
    why="Adam's second moment is not known yet: the first steps are as long as the rate allows, whatever the gradient.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {schedule: {use: cosine, warmup: null}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="every recipe of a transformer in the zoo warms up",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    warmup = getattr(train.schedule, "warmup", None)
    transformer = any(facts.values("blocks"))
    if transformer and train.optimizer.component_name in ("adam", "adamw") and warmup is None:
        report(
            facts.span("train", "schedule"),
            "the rate is at its peak from the first step",
            help="warm up for a few per cent, such as warmup: 5%",
        )
