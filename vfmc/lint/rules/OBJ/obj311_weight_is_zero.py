"""A loss that counts nothing."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="OBJ311",
    name="weight-is-zero",
    triggers=("weight",),
    what="A loss has the weight 0 in every phase.",
    why="Its towers are computed, if they are, for nothing; a reader thinks that it is part of the objective.",
    bad="""\
vfmc: 1
name: example
extends: slip_tiny
losses:
  simclr: {weight: 0.0}
""",
    good="""\
vfmc: 1
name: example
extends: slip_tiny
""",
    source="MAE-CLIP sweeps and copied configurations; a weight of 0 is a branch that was forgotten",
)


def check(facts: Facts, report: Report) -> None:
    weights: dict[str, list[object]] = {}
    for phase in facts.program.phases:
        for term in phase.graph.terms:
            weights.setdefault(term.name, []).append(term.weight)
    for name, found in weights.items():
        if all(weight == 0 for weight in found):
            report(
                facts.span("losses", name, "weight"),
                f"`{name}` has the weight 0",
                help="take the loss out, or give it a weight in some phase",
            )
