"""The generated README: what the model is, what it costs, what the compiler did, how to train it."""

from __future__ import annotations

from vfmc.emit.printer import comment
from vfmc.emit.templates import environment
from vfmc.graph.program import Program
from vfmc.passes.manager import Ledger
from vfmc.plan.plan import Plan


def render(program: Program, plan: Plan, ledger: Ledger) -> str:
    """The text of README.md."""
    return str(
        environment()
        .get_template("package/README.md.j2")
        .render(
            name=program.name,
            doc=comment(program.doc),
            plan=plan,
            parameters=plan.parameters,
            flops=plan.flops,
            level=ledger.level,
            ledger=ledger.text().strip(),
            phases=plan.recipe["phases"],
            recipe=plan.recipe,
            towers=list(program.callables),
        )
    )
