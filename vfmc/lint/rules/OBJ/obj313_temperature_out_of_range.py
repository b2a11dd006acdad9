"""A temperature that nobody uses."""

from vfmc.lint.rule import Facts, Report, Rule

LARGEST = 200.0  # of a scale at the start; SigLIP ends near 112

RULE = Rule(
    code="OBJ313",
    name="temperature-out-of-range",
    triggers=("temperature", "learned", "fixed"),
    what="A loss divides by a temperature above 1, or a scale begins below 1 or above 200.",
    why="Cosines lie in [-1, 1]: with a scale below 1 the softmax is nearly uniform whatever the towers say. A temperature is the inverse of a scale.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: {scale: {use: learned, init: 0.07, min: 0.01, max: 100.0}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: {scale: {use: learned, init: 14.2857, max: 100.0}}
""",
    source="CLIP, arXiv 2103.00020 sec. 2.5: the temperature begins at 0.07, which is a scale of 14.3",
)


def check(facts: Facts, report: Report) -> None:
    for use in ("learned", "fixed"):
        for value in facts.values(use):
            start = getattr(value.component, "init" if use == "learned" else "value")
            if 0 < start < 1 or start > LARGEST:
                argument = "init" if use == "learned" else "value"
                help = f"a temperature of {start:g} is a scale of {1 / start:.6g}" if start < 1 else ""
                report(
                    facts.place(value.component, argument, value.span),
                    f"the scale begins at {start:g}",
                    help=help,
                )
    for name, loss, _ in facts.losses():
        temperature = getattr(loss, "temperature", None)
        if isinstance(temperature, int | float) and temperature > 1:
            report(
                facts.place(loss, "temperature", facts.span("losses", name)),
                f"a temperature of {temperature:g} flattens the cosines",
                help=f"a scale of {temperature:g} is a temperature of {1 / temperature:.6g}",
            )
