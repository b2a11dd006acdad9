"""A rate that ends above its peak."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.plan.schedules import rate

RULE = Rule(
    code="OPT518",
    name="end-above-peak",
    triggers=("end",),
    what="The schedule ends at a higher rate than its peak.",
    why="The rate rises for the whole training: `end` is an absolute rate, no factor.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {schedule: {use: cosine, warmup: 10%, end: 0.1}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {schedule: {use: cosine, warmup: 10%, end: 1.0e-5}}
""",
    source="timm's `min_lr` is absolute, open_clip's has no end, lightly's is a factor: easily exchanged",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    end = getattr(train.schedule, "end", None)
    peak, _ = rate(train)
    if isinstance(end, int | float) and end > peak and train.schedule is not None:
        report(
            facts.place(train.schedule, "end", facts.span("train", "schedule")),
            f"the rate ends at {end:g}, above its peak of {peak:g}",
            help="`end` is an absolute rate, such as 1.0e-6",
        )
