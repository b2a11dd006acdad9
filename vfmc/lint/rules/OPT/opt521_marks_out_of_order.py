"""Steps that never come."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OPT521",
    name="marks-out-of-order",
    triggers=("step",),
    what="The marks of a step schedule are not in order, or lie behind the end of training.",
    why="The rate does not fall when its author thinks that it does.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
train: {schedule: {use: step, at: [30 epochs, 60 epochs], factor: 0.1}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
train: {schedule: {use: step, at: [20 epochs, 30 epochs], factor: 0.1}}
""",
    source="90-epoch recipes that are shortened for a trial",
)


def check(facts: Facts, report: Report) -> None:
    train = facts.program.train
    marks = getattr(train.schedule, "at", None)
    if not isinstance(marks, list) or train.schedule is None:
        return
    place = facts.place(train.schedule, "at", facts.span("train", "schedule"))
    whole = sum(phase.length.value for phase in facts.program.phases)
    units = {mark.unit for mark in marks}
    values = [mark.value for mark in marks]
    if len(units) == 1 and values != sorted(values):
        report(place, "the marks are not in order", help="write the earliest first")
    late = [
        mark
        for mark in marks
        if units == {phase.length.unit for phase in facts.program.phases} and mark.value >= whole
    ]
    if late:
        report(
            place,
            f"{late[0]} is behind the end of training, which lasts {whole:g} {late[0].unit}",
            help="move the marks, or train longer",
        )
