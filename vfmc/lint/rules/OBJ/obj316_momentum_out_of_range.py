"""A teacher that follows too fast, or ever faster."""

from vfmc.lint.rule import Facts, Report, Rule

LEAST = 0.9

RULE = Rule(
    code="OBJ316",
    name="momentum-out-of-range",
    triggers=("ema",),
    what="The momentum of a copy is below 0.9, or falls during training.",
    why="A teacher that is nearly the student gives its student's own noise back as target; momentum is meant to rise towards 1.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
towers:
  teacher: {pipe: [{use: ema, of: student, momentum: {use: cosine, start: 0.999, end: 0.96}}]}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
""",
    source="BYOL, arXiv 2006.07733 sec. 3.2 and table 5a; DINO, arXiv 2104.14294 sec. 3.1",
)


def check(facts: Facts, report: Report) -> None:
    for module in facts.graph.modules.values():
        if module.follow is None:
            continue
        momentum = getattr(module.follow.component, "momentum", None)
        start = momentum if isinstance(momentum, int | float) else getattr(momentum, "start", None)
        end = momentum if isinstance(momentum, int | float) else getattr(momentum, "end", None)
        if not isinstance(start, int | float) or not isinstance(end, int | float):
            continue
        place = facts.place(module.follow.component, "momentum", module.span)
        if min(start, end) < LEAST:
            report(
                place,
                f"a momentum of {min(start, end):g} makes the copy nearly what it follows",
                help="0.99 and more are usual",
            )
        elif end < start:
            report(place, f"the momentum falls from {start:g} to {end:g}", help="let it rise towards 1.0")
