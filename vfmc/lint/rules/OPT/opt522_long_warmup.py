"""A warm-up that takes much of the training."""

from vfmc.lint.rule import Facts, Report, Rule

MOST = 0.3  # of training

RULE = Rule(
    code="OPT522",
    name="long-warmup",
    triggers=("warmup",),
    what="The learning rate warms up for more than 30 % of the training.",
    why="What was copied from a run of weeks is most of a short one: the rate is near its peak for a moment only. Published recipes of "
    "these systems warm up for 1 to 10 %.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  schedule: {use: cosine, warmup: 20 epochs}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  schedule: {use: cosine, warmup: 4 epochs}
""",
    source="open_clip's default of 10,000 warm-up steps does this to small runs (its training code, `--warmup`)",
)


def check(facts: Facts, report: Report) -> None:
    for schedule, warmup, whole in facts.warmups():
        if (
            whole is not None and MOST * whole < warmup.value < whole
        ):  # as long as training, or longer: OPT510
            report(
                facts.place(schedule, "warmup", facts.span("train", "schedule")),
                f"the warm-up takes {warmup.value / whole:.0%} of the training",
                help="warm up for a few per cent, such as warmup: 5%",
            )
            return
