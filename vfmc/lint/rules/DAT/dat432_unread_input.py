"""An input that is loaded for nothing."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT432",
    name="unread-input",
    triggers=("inputs",),
    what="An input is declared and neither a loss nor an evaluation reads it.",
    why="Every sample must have it all the same: sources without it are refused, others decode it in vain.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs:
  label: {use: label, classes: 10}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="open_clip's `coca_base` carries keys that nothing consumes",
)


def check(facts: Facts, report: Report) -> None:
    read = {value.name for phase in facts.program.phases for value in phase.graph.pruned().values.values()}
    read |= {value.name for value in facts.program.evaluation.values.values()}
    for name in facts.program.inputs:
        if name not in read:
            report(
                facts.key("inputs", name),
                f"nothing reads the input `{name}`",
                help="take it out, or read it in a loss",
            )
