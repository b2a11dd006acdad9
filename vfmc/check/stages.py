"""Typing the stages of a pipe: composites expand in place, primitive ones enter their weights and their value in the Graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfmc.check.build import construct
from vfmc.check.call import Call, doubt, read_call, report, unknown_component
from vfmc.check.context import BAD, Context
from vfmc.check.declarations import Pipe, Tower, read
from vfmc.check.masks import bind
from vfmc.components import Finding, Operand, Ref, Stage, Weight, registry
from vfmc.graph import Follow
from vfmc.source import NOWHERE, Label, Span
from vfmc.source.record import replace
from vfmc.syntax.tree import Node, mapping, scalar, sequence
from vfmc.types import Bad, Features, Text, Tokens, Type, Vector, Views, item

if TYPE_CHECKING:
    from vfmc.check.expressions import Env


def run(ctx: Context, tower: Tower, pipe: Pipe, x: Ref, env: Env, label: str, labels: dict[str, Ref]) -> Ref:
    """One stage of a pipe: a composite that expands in place, or a primitive stage."""
    cls = registry.find("stage", pipe.call.name)
    if cls is None:
        unknown_component(ctx, pipe.call, "stage", ctx.names_of("towers"))
        return BAD
    made = construct(ctx, cls, pipe.call, pipe.path, env)  # type: ignore[arg-type]
    if not isinstance(made, Stage):
        return BAD
    try:
        parts = _parts(ctx, pipe.call, made, x.type)
        if parts is None:
            ref = primitive(ctx, tower.name, made, pipe, x, env, label)
        else:
            ref = x
            for number, (own, call) in enumerate(parts):
                inner = Pipe(call, "", f"{pipe.path}.{number}")
                ref = run(ctx, tower, inner, ref, env, f"{label}.{own}" if label else own, labels)
                if isinstance(ref.type, Bad):
                    return BAD
    except Finding as finding:
        applied: tuple[Label, ...] = ()
        if (
            env.operand is not None
            and env.operand.id == x.id
            and env.operand.span.source is not NOWHERE.source
        ):
            applied = (Label(env.operand.span, f"`{tower.name}` is applied to this"),)
        report(ctx, finding, pipe.call, applied)
        return BAD
    if label:
        labels[label] = ref
    return ref


def _parts(ctx: Context, whole: Call, made: Stage, x: Type) -> tuple[tuple[str, Call], ...] | None:
    """The stages that a composite stands for, each with its label; None for a primitive one."""

    def calls() -> tuple[tuple[str, Call], ...] | None:
        parts = made.expand(x)
        return None if parts is None else tuple(_part(ctx, whole, made, part) for part in parts)

    return ctx.once(made, ("parts", x), calls)


def _part(ctx: Context, whole: Call, made: Stage, part: dict[str, Any]) -> tuple[str, Call]:
    """A stage that a composite stands for: its mistakes show at the composite's argument of the same name."""
    name = part["use"]
    given = {key: value for key, value in part.items() if key != "as"}
    places = {key: whole.at(*made.origins.get(f"{name}.{key}", (key,))) for key in given}
    node = mapping({key: _node(value, places[key]) for key, value in given.items()}, whole.span)
    call = read_call(ctx, node, "stage")
    assert call is not None
    return str(part.get("as") or name), replace(call, name_span=whole.name_span)


def _node(value: Any, span: Span) -> Node:
    if isinstance(value, dict):
        return mapping({key: _node(part, span) for key, part in value.items()}, span)
    if isinstance(value, list):
        return sequence([_node(part, span) for part in value], span)
    return scalar(value, span)


def _typed(ctx: Context, made: Stage, x: Type) -> tuple[Type, tuple[Weight, ...], dict[str, Any]]:
    """What a primitive stage makes of an operand, the weights it needs for that, and its facts."""
    return ctx.once(made, ("typed", x), lambda: (made.signature(x), tuple(made.weights(x)), made.facts(x)))


def primitive(ctx: Context, tower: str, made: Stage, pipe: Pipe, x: Ref, env: Env, label: str) -> Ref:
    """Type one primitive stage, enter its module and its value."""
    made = bind(ctx, made, x, pipe.call)
    if made.identity():
        return x
    type, weights, facts = _typed(ctx, made, x.type)
    doubt(ctx, made.doubts(x.type), pipe.call)
    own = label or made.component_name
    name = f"{env.prefix}{own}"
    if weights and isinstance(type, Tokens | Vector | Features) and not made.keeps_space:
        type = replace(type, space=f"{tower}.{own}")  # a copy's coordinates are those of what it follows
    operands = [("x", (x.id,))]
    for key, mark in made.markers().items():
        ref = getattr(made, key, None)
        if isinstance(mark, Operand) and isinstance(ref, Ref):
            operands.append((key, (ref.id,)))
    text = ctx.texts.get(x.id, x.id if isinstance(x.type, Text) else -1)
    for key in made.companions(x.type):
        origin = _words(ctx, text, x.type, made.component_name)
        operands.append((key, (text,)))
        facts = {**facts, "end": origin.end, "pad": origin.pad}
    if made.resizes and not weights:
        ctx.table(f"{tower}.{own}", facts, pipe.call.span)
    if weights:
        frozen = read(ctx, tower).options.frozen or env.copy is not None
        follow = None
        if env.copy is not None:
            follow = Follow(f"{tower}.{own}", env.copy.copy, env.copy.component)
        ctx.module(
            name,
            tower,
            made,
            weights,
            facts,
            pipe.path,
            pipe.call.span,
            frozen=frozen,
            follow=follow,
            resizes=made.resizes,
        )
    value = ctx.builder.add(
        name=own, make="apply", type=type, component=made, operands=tuple(operands), module=name if weights else "",
        facts=facts, scope=env.scope, path=f"{env.path}/{own}", span=pipe.call.span,
    )  # fmt: skip
    if text >= 0:
        ctx.texts[value.id] = text
    return Ref(value.id, type, pipe.call.span, own)


def _words(ctx: Context, text: int, x: Type, stage: str) -> Text:
    """The text that tokens are the words of; raises where they are not, or not all of them."""
    origin = item(ctx.builder.values[text].type) if text >= 0 else None
    if not isinstance(origin, Text):
        raise Finding(
            f"`{stage}` reads the ids of a text, and these tokens are no words",
            help="begin the tower with `word_embedding`",
            label=f"this arrives: {x.describe()}",
        )
    if isinstance(x, Tokens) and x.body != origin.length:
        raise Finding(
            f"`{stage}` finds words by their place in the text, and {x.body} tokens are left of its {origin.length} ids",
            help=f"put `{stage}` before the stage that drops, pools or splits them",
        )
    return origin


def stage_by_name(ctx: Context, name: str, label: str, x: Ref, span: Span, env: Env) -> Ref:
    """A stage without arguments that a field stands for: `tokens.cls`. Outside of towers the value is called `tokens_cls`."""
    cls = registry.find("stage", name)
    assert cls is not None and issubclass(cls, Stage)
    made = cls.model_validate({})
    call = Call(name, span, (), span, scalar(name, span))
    try:
        own = f"{x.name}_{label}".replace(".", "_") if env.scope is None and x.name else ""
        ref = primitive(ctx, "", made, Pipe(call, "", ""), replace(x, type=item(x.type)), env, own)
    except Finding as finding:
        report(ctx, finding, call)
        return BAD
    if not isinstance(x.type, Views):
        return ref
    whole = Views(ref.type, x.type.views, x.type.origin)
    return ctx.retype(ref, whole) if env.scope is None else replace(ref, type=whole)
