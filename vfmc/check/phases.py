"""The Graphs of the phases: the base with what each phase sets, without the losses that weigh nothing in it."""

from __future__ import annotations

from vfmc.check.addresses import BadAddress, put
from vfmc.check.build import build_section
from vfmc.check.context import Context, TooLarge, resampled
from vfmc.check.names import good_name
from vfmc.check.objective import build_graph, declare
from vfmc.check.problems import Problems, within
from vfmc.check.selectors import check_selectors
from vfmc.components import Duration
from vfmc.components.sections.phase import Phase as PhaseSection
from vfmc.components.sections.train import Train
from vfmc.graph import Graph, Module
from vfmc.graph.program import Phase
from vfmc.source import Span
from vfmc.source.record import replace
from vfmc.syntax.tree import Mapping, Node

MAIN = "main"
SHOWN = 8  # phases that a message lists
MOST_PHASED = (  # of all phases together: values, weights, weights times groups of the optimiser
    (8_000, "applications of stages in all phases together"),
    (60_000, "weights in all phases together"),
    (200_000, "rules of the optimiser: a group for a weight is one"),
)
NONE = (0,) * len(MOST_PHASED)


def build_phases(
    ctx: Context, root: Mapping, graph: Graph, train: Train, problems: Problems
) -> tuple[tuple[Phase, ...], dict[str, Module]]:
    """One Graph a phase, and the weights of all. Without phases there is one, called main."""
    place = root.entry("train")
    span = place.key.span if place else root.span
    if not train.phases:
        if train.length is None:
            problems.error(
                "OPT501", "`train` does not say how long", span, help="add for: 10 epochs, or phases"
            )
            return (), ctx.modules
        only = Phase(MAIN, train.length, weighing(graph, problems, span), train)
        _counted(only, NONE, ctx.span_of(train, "groups"))
        return (only,), ctx.modules
    found: list[Phase] = []
    named, counts = True, NONE
    for phase in train.phases:
        if any(phase.name == other.name for other in found):
            problems.error(
                "REF108",
                f"two phases are called `{phase.name}`",
                ctx.span_of(phase, "name"),
                help="give every phase a name of its own",
            )
        named &= good_name(problems, phase.name, "phase", ctx.span_of(phase, "name"))
        made = _phase(ctx, root, phase, graph, train, problems)
        if made is not None:
            found.append(made)
            counts = _counted(made, counts, ctx.span_of(phase, "name"))
    if train.length is not None and named:
        _said_twice(ctx, train, train.length, problems)
    return tuple(found), dict(ctx.modules)


def _counted(phase: Phase, before: tuple[int, ...], span: Span) -> tuple[int, ...]:
    """What one more phase adds; raises where the phases together have more than anyone means."""
    weights = sum(len(module.weights) for module in phase.graph.modules.values())
    own = (len(phase.graph.values), weights, weights * len(phase.train.groups))
    counts = tuple(old + new for old, new in zip(before, own, strict=True))
    for count, (most, what) in zip(counts, MOST_PHASED, strict=True):
        if count > most:
            raise TooLarge(f"more than {most:,} {what}", span)
    return counts


def _said_twice(ctx: Context, train: Train, length: Duration, problems: Problems) -> None:
    """`for` beside phases, which say how long: it would change nothing."""
    parts = ", ".join(f"{phase.name} {phase.length}" for phase in train.phases[:SHOWN])
    parts += ", ..." * (len(train.phases) > SHOWN)
    units = {phase.length.unit for phase in train.phases}
    total = (
        Duration(sum(phase.length.value for phase in train.phases), units.pop()) if len(units) == 1 else ""
    )
    problems.error(
        "OPT503",
        f"`for` says {length}, and the phases say how long: {total}{f' ({parts})' if total else parts}",
        ctx.span_of(train, "for"),
        help=f"say train.phases.{train.phases[0].name}.for and so on, or leave one of the two out; "
        "`vfmc train --steps 3` makes a short run of all phases",
    )


def _phase(
    ctx: Context, root: Mapping, phase: PhaseSection, graph: Graph, train: Train, problems: Problems
) -> Phase | None:
    """The base with what the phase sets; None if an address is wrong."""
    changes = phase.set
    if changes is not None and not isinstance(changes, Mapping):
        problems.error("REF118", "`set` holds addresses with their values", changes.span)
    at = ctx.span_of(phase, "name")
    if not isinstance(changes, Mapping) or not len(changes):
        own = replace(graph, name=phase.name, modules=ctx.modules, outputs={})
        return Phase(phase.name, phase.length, weighing(own, problems, at), train)
    changed = root
    for entry in changes:
        try:
            changed = put(changed, entry.name, entry.value, entry.key.span)
        except BadAddress as bad:
            problems.error("REF111", bad.message, within(entry.key.span, bad.word), help=bad.help)
    if problems.failed:
        return None
    inner = declare(changed, problems, ctx.once)
    own = build_graph(inner, phase.name)
    made = build_section(inner, _alone(changed.get("train") or changed), "train", "train")
    settings = made.model_copy(update={"phases": train.phases}) if isinstance(made, Train) else train
    _same_modules(ctx.modules, inner.modules, changes.span, problems)
    for name, (facts, _) in inner.tables.items():
        ctx.table(name, facts, changes.span)
    if not problems.failed:
        check_selectors(inner, settings)
    owned = {**ctx.modules, **inner.modules}  # the same weights; what a phase says of them is its own
    own = replace(own, modules=owned, outputs={})
    return Phase(phase.name, phase.length, weighing(own, problems, at), settings)


def _alone(node: Node) -> Node:
    """The settings of `train` without its phases, which are known: each would otherwise be built once in every other."""
    if not isinstance(node, Mapping):
        return node
    return replace(node, entries=tuple(entry for entry in node if entry.name != "phases"))


def weighing(graph: Graph, problems: Problems, span: Span) -> Graph:
    """The graph without the losses of weight 0 and what they alone need: weight 0 removes a branch."""
    terms = tuple(term for term in graph.terms if term.weight != 0)
    if len(terms) == len(graph.terms):
        return graph
    if not terms and not problems.failed:
        where = "" if graph.name == MAIN else f" in phase `{graph.name}`"
        help = "give one of them a weight"
        problems.error("OBJ304", f"every loss weighs 0{where}, so nothing is trained", span, help=help)
    return replace(graph, terms=terms).pruned()


def without_lost(
    graph: Graph,
    phases: tuple[Phase, ...],
    modules: dict[str, Module],
    evaluation: Graph,
    wanted: set[str],
) -> tuple[Graph, tuple[Phase, ...], dict[str, Module]]:
    """Evaluation, phases and modules without the weights that weight 0 removed from every phase.

    What evaluation or export ask for by name (`wanted`) stays.
    """

    def used(one: Graph) -> set[str]:
        return {value.module for value in one.pruned().values.values()}

    asked = {name: id for name, id in evaluation.outputs.items() if name in wanted}
    live = used(replace(evaluation, outputs=asked)).union(*(used(phase.graph) for phase in phases))
    live |= {m.follow.source for name, m in modules.items() if name in live and m.follow is not None}
    lost = used(graph) - live
    kept = {name: module for name, module in modules.items() if name not in lost}
    outputs = {
        name: id
        for name, id in evaluation.outputs.items()
        if not lost & used(replace(evaluation, outputs={name: id}))
    }
    if lost:
        evaluation = replace(evaluation, outputs=outputs).pruned()
        phases = tuple(
            replace(
                phase,
                graph=replace(
                    phase.graph, modules={n: m for n, m in phase.graph.modules.items() if n not in lost}
                ),
            )
            for phase in phases
        )
    return replace(evaluation, modules=kept), phases, kept


def _same_modules(base: dict[str, Module], other: dict[str, Module], span: Span, problems: Problems) -> None:
    """A phase may use fewer modules; those it uses keep their weights. A table of positions is resampled to the phase's grid."""
    for name, module in list(other.items()):
        old = base.get(name)
        if old is not None and old.weights != module.weights and _resampled(old, module):
            base[name] = other[name] = replace(old, facts={**old.facts, "resampled": True})
        elif old is None:
            problems.error(
                "SHP213", f"this phase would add the weights `{name}`", span, help="declare it in the base"
            )
        elif old.weights != module.weights:
            help = "the weights keep their shapes in all phases; only a position table is resampled"
            problems.error(
                "SHP213", f"this phase would change the shape of the weights `{name}`", span, help=help
            )


def _resampled(old: Module, new: Module) -> bool:
    """Whether one table of positions serves both: square grids of one width, with the same prefix."""
    if not getattr(old.component, "resizes", False) or not resampled(old.facts, new.facts):
        return False
    return [w.shape[1:] for w in old.weights] == [w.shape[1:] for w in new.weights]
