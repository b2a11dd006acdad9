"""A teacher's temperature that training does not bear."""

from vfmc.lint.rule import Facts, Report, Rule

LIMIT = 0.07

RULE = Rule(
    code="OBJ315",
    name="teacher-temperature-unstable",
    triggers=("self_distill",),
    preview=True,
    what="The teacher's temperature is above 0.07.",
    why="Authors and users of DINO report that training gets unstable above it.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
losses:
  dino: {student_temperature: 0.1, teacher_temperature: 0.08}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
""",
    source="DINO's published code says of this argument that above 0.07 training may be unstable",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, _ in facts.losses():
        teacher = getattr(loss, "teacher_temperature", None)
        last = teacher if isinstance(teacher, int | float) else getattr(teacher, "end", None)
        if isinstance(last, int | float) and last > LIMIT + 1e-12:
            report(
                facts.place(loss, "teacher_temperature", facts.span("losses", name)),
                f"a teacher's temperature of {last:g} is above {LIMIT:g}",
                help="begin at 0.04 and rise to 0.07",
            )
