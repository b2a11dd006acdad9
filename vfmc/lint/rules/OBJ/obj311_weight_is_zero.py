"""A loss that counts nothing."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.syntax.tree import Mapping

RULE = Rule(
    code="OBJ311",
    name="weight-is-zero",
    triggers=("weight",),
    what="A loss has the weight 0 in every phase.",
    why="It and its towers are left out of what is built, while a reader thinks that it is part of the objective.",
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
    losses = facts.node("losses")
    used = {term.name for phase in facts.program.phases for term in phase.graph.terms}
    for entry in losses if isinstance(losses, Mapping) else ():
        if entry.name not in used:  # the check leaves out what weighs nothing
            report(
                facts.span("losses", entry.name, "weight"),
                f"`{entry.name}` has the weight 0",
                help="take the loss out, or give it a weight in some phase",
            )
