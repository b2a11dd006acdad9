"""A warm-up that never ends."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Label, Severity

RULE = Rule(
    code="OPT510",
    name="warmup-longer-than-training",
    severity=Severity.ERROR,
    triggers=("warmup",),
    what="The learning rate warms up for as long as training lasts, or longer.",
    why="The rate never reaches its peak: the model trains at a fraction of the rate that the spec states.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  schedule: {use: cosine, warmup: 60 epochs}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train:
  schedule: {use: cosine, warmup: 4 epochs}
""",
    source="open_clip's default of 10,000 warm-up steps does this to every small run (its training code, `--warmup`)",
)


def check(facts: Facts, report: Report) -> None:
    for schedule, warmup, whole in facts.warmups():
        if whole is not None and warmup.value >= whole:
            length = "training" if warmup.unit == "%" else f"training, which lasts {whole:g} {warmup.unit}"
            report(
                facts.place(schedule, "warmup", facts.span("train", "schedule")),
                f"the warm-up of {warmup} is as long as {length}",
                help="warm up for a few per cent, such as warmup: 5%",
                labels=(Label(facts.span("train", "for"), "training lasts so long"),)
                if facts.node("train", "for")
                else (),
            )
            return
