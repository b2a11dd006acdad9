"""A length that cannot be counted."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

UNCOUNTED = ("hours", "tokens")

RULE = Rule(
    code="OPT520",
    name="unit-not-counted",
    severity=Severity.ERROR,
    triggers=("for", "warmup", "checkpoint"),
    what="A length is given in hours or tokens, which training does not count.",
    why="The run would end at its start with that message.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {for: 2 hours}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {for: 40 epochs}
""",
    source="the runtime counts epochs, steps, samples and shares",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    lengths = {
        ("train", "for"): train.length,
        ("train", "checkpoint"): train.checkpoint,
        ("train", "schedule", "warmup"): getattr(train.schedule, "warmup", None),
    }
    for path, length in lengths.items():
        if length is not None and length.unit in UNCOUNTED:
            report(
                facts.span(*path),
                f"training does not count {length.unit}",
                help="say it in epochs, steps, samples or %",
            )
    for index, phase in enumerate(train.phases):
        if phase.length.unit in UNCOUNTED:
            report(
                facts.place(phase, "for", facts.span("train", "phases")),
                f"phase {index} is counted in {phase.length.unit}",
                help="say it in epochs, steps, samples or %",
            )
