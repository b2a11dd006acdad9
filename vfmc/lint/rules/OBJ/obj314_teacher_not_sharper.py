"""A teacher that does not sharpen."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OBJ314",
    name="teacher-not-sharper",
    triggers=("self_distill",),
    what="The teacher's temperature is not below the student's.",
    why="Without sharpening the targets become uniform and every view gives the same answer: DINO collapses.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
losses:
  dino: {teacher_temperature: 0.1}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
""",
    source="DINO, arXiv 2104.14294 sec. 5.3: centring alone collapses to the uniform answer",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, _ in facts.losses():
        student, teacher = (
            getattr(loss, "student_temperature", None),
            getattr(loss, "teacher_temperature", None),
        )
        last = teacher if isinstance(teacher, int | float) else getattr(teacher, "end", None)
        if isinstance(student, int | float) and isinstance(last, int | float) and last >= student:
            report(
                facts.place(loss, "teacher_temperature", facts.span("losses", name)),
                f"the teacher's temperature of {last:g} does not sharpen: the student's is {student:g}",
                help="DINO has 0.04 to 0.07 for the teacher and 0.1 for the student",
            )
