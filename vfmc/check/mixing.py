"""How several sources share a step: which feed the same losses, and in which ratio they do."""

from __future__ import annotations

from vfmc.check.context import Context
from vfmc.components import Component, LossKind
from vfmc.components.sections.data import Data
from vfmc.components.sections.train import Train
from vfmc.graph import Graph
from vfmc.graph.program import Phase
from vfmc.source import Severity, Span

CODE = "DAT420"
STATEFUL = "DAT421"


def check_mix(ctx: Context, graph: Graph, sources: dict[str, Component], settings: Component | None) -> None:
    """Every loss is fed once: by one source, or by sources that are mixed by ratio."""
    mix = settings if isinstance(settings, Data) else Data()
    every = [term.name for term in graph.terms]
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, source in sources.items():
        fed = source.argument("feeds")
        losses = tuple(loss for loss in every if fed is None or loss in fed)
        groups.setdefault(losses, []).append(name)
    fed_by: dict[str, str] = {}
    for losses, names in groups.items():
        other = next((fed_by[loss] for loss in losses if loss in fed_by), None)
        if other is not None:
            loss = next(loss for loss in losses if loss in fed_by)
            message = f"`{other}` and `{names[0]}` both feed `{loss}`, and not the same losses"
            ctx.error(
                CODE,
                message,
                _place(ctx, names[0]),
                help="sources feed the same losses, or none together: say with `feeds`",
            )
        elif len(names) > 1 and mix.mix == "accumulate":
            what = " and ".join([", ".join(f"`{name}`" for name in names[:-1]), f"`{names[-1]}`"])
            help = (
                "mix them by ratio with data: {mix: ratio}, or say with `feeds` which losses each one feeds"
            )
            ctx.error(CODE, f"{what} feed the same losses", _place(ctx, names[1]), help=help)
        fed_by |= dict.fromkeys(losses, names[0])
    for loss in every:
        if sources and loss not in fed_by:
            ctx.error(
                CODE,
                f"no source feeds `{loss}`",
                _place(ctx, loss),
                help=f"name it in the `feeds` of one: {', '.join(sources)}",
            )
    if mix.absent == "masked":
        for term in graph.terms:
            kind = graph.values[term.value].component
            if isinstance(kind, LossKind) and kind.stateful():
                message = f"`{kind.component_name}` keeps statistics of all samples, and `absent: masked` leaves some out"
                ctx.error(
                    STATEFUL,
                    message,
                    _place(ctx, term.name),
                    help="leave out `absent: masked`, so that samples are whole, or leave out this loss",
                )
    if mix.mix == "ratio":
        _check_shared(ctx, [names for names in groups.values() if len(names) > 1], sources, mix)


def check_epochs(
    ctx: Context,
    phases: tuple[Phase, ...],
    sources: dict[str, Component],
    settings: Component | None,
    train: Train,
) -> None:
    """A phase that reads several sources in turn and lasts epochs says whose they are."""
    of = settings.epoch_of if isinstance(settings, Data) else None
    said = {phase.name: phase for phase in train.phases}
    for phase in phases:
        terms = [term.name for term in phase.graph.terms]
        groups: dict[tuple[str, ...], list[str]] = {}
        for name, source in sources.items():
            fed = source.argument("feeds")
            losses = tuple(loss for loss in terms if fed is None or loss in fed)
            groups.setdefault(losses, []).append(name)
        read = [name for losses, names in groups.items() if losses for name in names]
        if phase.length.unit != "epochs" or len([losses for losses in groups if losses]) < 2 or of in read:
            continue
        section = said.get(phase.name)
        where = f"phase `{phase.name}`" if section else "the training"
        ctx.error(
            "DAT425",
            f"{where} reads {', '.join(f'`{name}`' for name in read)}, and epochs of `{read[0]}` are counted",
            ctx.span_of(section or train, "for"),
            severity=Severity.WARNING,
            help=f"say whose epochs are meant, such as data: {{epoch_of: {read[0]}}}, or give the length in steps",
        )


def _check_shared(ctx: Context, groups: list[list[str]], sources: dict[str, Component], mix: Data) -> None:
    """What sources that share a batch may say."""
    mixed = [name for names in groups for name in names]
    for name in mixed:
        for argument, reason in (
            ("batch", "sources that are mixed by ratio share `train.batch`"),
            ("repeat", "`ratios` says how often its samples come"),
        ):
            if sources[name].argument(argument) is not None and (argument == "batch" or mix.ratios):
                message = f"`{name}` has a `{argument}` of its own, and {reason}"
                ctx.error(CODE, message, ctx.span_of(sources[name], argument), help=f"leave out `{argument}`")
    if mix.ratios is None:
        return
    span = ctx.span_of(mix, "ratios")
    for name in mix.ratios:
        if name not in sources:
            ctx.unknown_name(name, span, "a source", list(sources))
        elif name not in mixed:
            ctx.error(
                CODE,
                f"`{name}` shares its losses with no other source",
                span,
                help="leave it out of `ratios`",
            )
    missing = [name for name in mixed if name not in mix.ratios]
    if missing:
        ctx.error(
            CODE, f"`ratios` does not say the share of `{missing[0]}`", span, help=f"add {missing[0]}: 1"
        )


def _place(ctx: Context, name: str) -> Span:
    return ctx.declared[name].span
