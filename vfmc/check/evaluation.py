"""The Graph of evaluation: towers called from their deterministic view, with their operands' defaults."""

from __future__ import annotations

from collections.abc import Iterator

from vfmc.check.context import Builder, Context
from vfmc.check.declarations import read
from vfmc.check.expressions import Env
from vfmc.check.problems import Problems
from vfmc.check.towers import apply, apply_default
from vfmc.components import Name, Protocol, Ref
from vfmc.graph import Follow, Graph, Value
from vfmc.graph.program import Callable
from vfmc.source import Span
from vfmc.syntax.tree import Scalar
from vfmc.types import Audio, Bad, Image, Signal, Text, Video, item

FED = (Image, Text, Video, Audio, Signal)  # what evaluation can give to a tower


def fed(ctx: Context) -> dict[str, list[int]]:
    """For every tower (`vision`, `teacher.trunk`), the values of the data path that it is applied to."""
    found: dict[str, list[int]] = {}
    graph = ctx.builder.graph("fed", ctx.modules, [], {})
    behind = _data_behind(graph)
    for scope in graph.scopes.values():
        key = scope.prefix.rstrip(".")
        for operand in _entries(graph, scope.id):
            value = behind[operand]
            if value.make in ("input", "view") and isinstance(item(value.type), FED):
                found.setdefault(key, []).append(value.id)
                if scope.copy and key != scope.copy:
                    found.setdefault(scope.copy, []).append(value.id)
    return found


def _declared_feed(ctx: Context, training: Builder, name: str) -> list[int]:
    """What a tower that no loss reads is applied to by its `from`, where that names an input or a view."""
    source = read(ctx, name).source if name in ctx.declared else None
    word = source.value if isinstance(source, Scalar) else None
    if (
        not isinstance(word, str)
        or word not in training.names
        or ctx.declared[word].section not in ("inputs", "views")
    ):
        return []
    ids = [ref.id for ref in training.names[word]]
    return [id for id in ids if isinstance(item(training.values[id].type), FED)]


def _untrained(ctx: Context, before: set[str]) -> str:
    """The first module that evaluation would add to those that training has."""
    return next((name for name in ctx.modules if name not in before), "")


def _reads_data(graph: Graph, name: str) -> bool:
    """Whether some application of a tower reads data, and not the result of another tower."""
    scopes = [scope for scope in graph.scopes.values() if name in (scope.prefix.rstrip("."), scope.copy)]
    entries = [graph.values[operand] for scope in scopes for operand in _entries(graph, scope.id)]
    return any(value.make in ("input", "view") for value in entries)


def _data_behind(graph: Graph) -> dict[int, Value]:
    """For every value, what the towers that made it were applied to, one after the other: the first value of the pipes."""
    found: dict[int, Value] = {}
    for id, value in graph.values.items():
        found[id] = found[value.operand("x")] if value.make == "apply" and value.has("x") else value
    return found


def _entries(graph: Graph, scope: int) -> list[int]:
    """Values from outside that a scope reads as its main operand, itself or through a tower nested at its head."""
    for value in graph.within(scope):
        if value.has("x"):
            operand = value.operand("x")
            if scope not in graph.chain(graph.values[operand].scope):
                return [operand]
    return []


def evaluation_graph(ctx: Context, wanted: dict[str, Span]) -> tuple[Graph, dict[str, Callable]]:
    """Clean applications of the towers that evaluation and export name, and of all that read one input."""
    feeds = fed(ctx)
    whole = ctx.builder.graph("fed", ctx.modules, [], {})
    chained = {name for name in feeds if not _reads_data(whole, name)}
    alone = [name for name in chained if name in ctx.declared and read(ctx, name).source is None]
    feeds = {
        name: ids for name, ids in feeds.items() if name not in alone
    }  # nothing says what they are applied to
    training, texts, fields = ctx.builder, ctx.texts, ctx.fields
    names = dict.fromkeys(wanted)
    for name, declaration in ctx.declared.items():
        if declaration.section == "towers" and name in feeds and name in ctx.used:
            names.setdefault(name)
    ctx.builder, ctx.texts, ctx.fields = Builder(), {}, {}  # what is known by id belongs to one graph
    outputs: dict[str, int] = {}
    callables: dict[str, Callable] = {}
    for name in names:
        operand = _feed(ctx, training, feeds.get(name) or _declared_feed(ctx, training, name))
        if operand is None:
            if name in wanted:
                ctx.error(
                    "REF105",
                    f"tower `{name}` reads nothing of the data by itself, so evaluation cannot call it",
                    wanted[name],
                    help=f"name one that does: {', '.join(n for n in names if feeds.get(n)) or 'there is none'}",
                )
            continue
        kept = Builder(dict(ctx.builder.values), dict(ctx.builder.scopes), dict(ctx.builder.names))
        told, modules = ctx.problems, set(ctx.modules)
        if name not in wanted:  # a tower that cannot be called alone is none of evaluation's
            ctx.problems = Problems()
        ref = _apply(ctx, name, operand, name in chained)
        ctx.problems = told
        also = _also_read(ctx, kept, operand)
        if added := _untrained(ctx, modules):
            message = f"evaluation would use the weights of `{added}`, which no loss trains"
            ctx.error(
                "REF105",
                message,
                wanted.get(name, operand.span),
                help=f"let a loss read `{name}`, or leave `{added}` out",
            )
        if ref is not None and also is not None and name in wanted:
            if also.make == "mask":
                message = f"tower `{name}` hides tokens by `{also.name}` where no mask is given, so evaluation would as well"
                help = "let the default under `takes` be null, and give the mask where the tower is called"
            else:
                message = f"tower `{name}` reads `{also.name}` beside `{operand.name}`, and evaluation gives it one value"
                help = "name a tower that reads one input"
            ctx.error("MSK309" if also.make == "mask" else "REF105", message, wanted[name], help=help)
        if ref is None or isinstance(ref.type, Bad) or also is not None:
            ctx.builder = kept
            continue
        outputs[name] = ref.id
        callables[name] = Callable(name, name.rpartition(".")[2], operand.name, operand.type, item(ref.type))
    graph = ctx.builder.graph("evaluation", ctx.modules, [], outputs)
    ctx.builder, ctx.texts, ctx.fields = training, texts, fields
    return graph, callables


def _also_read(ctx: Context, before: Builder, operand: Ref) -> Value | None:
    """A value from outside, other than its operand, that the latest application reads: a mask, or further data."""
    values = ctx.builder.values
    for number in range(len(before.values), len(values)):  # ids count up
        value = values[number]
        if value.scope is None:
            continue
        for id in value.reads():
            if id != operand.id and values[id].scope is None and values[id].make != "apply":
                return values[id]
    return None


def _feed(ctx: Context, training: Builder, operands: list[int]) -> Ref | None:
    """The view or input that evaluation feeds: the largest of those that training feeds."""
    if not operands:
        return None

    def area(id: int) -> int:
        type = item(training.values[id].type)
        return int(type.height) * int(type.width) if isinstance(type, Image) else 0  # type: ignore[arg-type]

    best = max(dict.fromkeys(operands), key=area)
    value = training.values[best]
    for old in ctx.builder.values.values():
        if old.make == "input" and old.name == value.name:
            return Ref(old.id, old.type, value.span, value.name)
    fresh = ctx.builder.add(
        name=value.name,
        make="input",
        type=item(value.type),
        component=value.component,
        path=value.path,
        span=value.span,
    )
    ref = Ref(fresh.id, fresh.type, value.span, value.name)
    ctx.builder.names[value.name] = (ref,)  # pipes and operands that name the view read it clean as well
    return ref


def _apply(ctx: Context, name: str, operand: Ref, chained: bool) -> Ref | None:
    head, _, nested = name.partition(".")
    tower = read(ctx, head)
    env = Env(path=f"evaluation/{name}")
    target = head
    if nested:
        if tower.copies:
            component = ctx.built[id(tower.stages[0].call.node)]
            env = Env(copy=Follow(tower.copies, head, component), path=env.path)
        target = nested
    elif chained:  # what it is applied to is made of the operand by other towers
        return apply_default(ctx, name, operand.span, Env(path="evaluation"))[0]
    return apply(ctx, target, (operand,), {}, operand.span, env, env.path)[0]


def check_feeds(
    ctx: Context, protocols: dict[str, Protocol], spans: dict[str, Span], callables: dict[str, Callable]
) -> None:
    """The tower that a protocol names reads what the protocol gives it, and gives what the protocol reads."""
    for span, argument, mark, name in _towers(protocols, spans):
        named = callables.get(name)
        if named is None:
            continue
        if mark.reads and not isinstance(item(named.type), mark.reads):
            wanted = " or ".join(type.word for type in mark.reads)
            others = [other.name for other in callables.values() if isinstance(item(other.type), mark.reads)]
            ctx.error(
                "REF105",
                f"`{argument}` takes a tower that reads {wanted}, and `{named.name}` reads {item(named.type).word}",
                span,
                help=f"choose one of {', '.join(others)}" if others else "",
            )
        elif mark.gives and not isinstance(named.gives, (*mark.gives, Bad)):
            wanted = " or ".join(type.word for type in mark.gives)
            ctx.error(
                "REF105",
                f"`{argument}` takes a tower that gives {wanted}, and `{named.name}` gives {named.gives.word}",
                span,
                help=f"declare one, such as features: {{from: {named.feed}, pipe: [{named.name}, mean]}}, and name it",
            )


def towers_named(protocols: dict[str, Protocol], spans: dict[str, Span]) -> dict[str, Span]:
    """The towers that protocols name, with where; a nested one as `copy.tower`."""
    found: dict[str, Span] = {}
    for span, _, _, name in _towers(protocols, spans):
        found.setdefault(name, span)
    return found


def _towers(protocols: dict[str, Protocol], spans: dict[str, Span]) -> Iterator[tuple[Span, str, Name, str]]:
    """Every tower that a protocol names: where, by which argument, and its name."""
    for key, protocol in protocols.items():
        for argument, mark in protocol.markers().items():
            if isinstance(mark, Name) and mark.kind == "tower":
                said = protocol.argument(argument)
                for name in said if mark.many else [said]:
                    if name is not None:
                        yield spans[f"{key}.{argument}"], argument, mark, str(name)
