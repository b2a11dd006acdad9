"""Who learns: losses that teach nothing, and weights that no loss teaches."""

from __future__ import annotations

from vfmc.check.context import Context
from vfmc.graph import Graph, Term
from vfmc.graph.learning import learners
from vfmc.graph.program import Phase
from vfmc.source import Severity
from vfmc.types import Number


def check_learning(ctx: Context, phases: tuple[Phase, ...]) -> None:
    """Every loss teaches something in every phase it is part of; every weight that may move is taught in some phase."""
    told: set[str] = set()
    for phase in phases:
        for term in phase.graph.terms:
            if term.name not in told and not _teaches(phase.graph, term):
                told.add(term.name)
                _idle(ctx, phase, term, several=len(phases) > 1)
    if told:
        return
    free = {
        name: module
        for phase in phases
        for name, module in phase.graph.modules.items()
        if module.learns and not module.frozen and module.follow is None
    }
    taught = {name for phase in phases for name in learners(phase.graph)}
    for tower in dict.fromkeys(module.tower for module in free.values()):
        own = [name for name, module in free.items() if module.tower == tower]
        left = [name for name in own if name not in taught]
        if not left or tower not in ctx.declared:
            continue
        what = f"tower `{tower}`" if left == own else f"`{left[0]}`"
        ctx.error(
            "OBJ308", f"no loss teaches {what}, so its weights stay as they begin", ctx.declared[tower].span,
            severity=Severity.WARNING, help="read it in a loss, or say so: with: {frozen: true}",
        )  # fmt: skip


def _teaches(graph: Graph, term: Term) -> bool:
    """Whether gradient reaches a weight through what the loss compares, or one of its own."""
    value = graph.values[term.value]
    compared = [id for id in value.reads() if not isinstance(graph.values[id].type, Number)]
    return bool(learners(graph, compared)) or (
        value.module in graph.modules and graph.modules[value.module].learns
    )


def _idle(ctx: Context, phase: Phase, term: Term, several: bool) -> None:
    """Report a loss behind which nothing learns."""
    graph = phase.graph
    behind = [graph.modules[value.module] for value in graph.behind(term.value) if value.module]
    frozen = list(dict.fromkeys(f"`{module.tower}`" for module in behind if module.frozen))
    why = f": {' and '.join(frozen)} {'is' if len(frozen) == 1 else 'are'} frozen" if frozen else ""
    where = f" in phase `{phase.name}`" if several else ""
    out = f"take the loss out of the phase: set: {{{term.name}.weight: 0}}" if several else "remove the loss"
    ctx.error(
        "OBJ307", f"nothing that `{term.name}` compares can learn{where}{why}", ctx.declared[term.name].span,
        help=f"let one side learn, or {out}",
    )  # fmt: skip
