"""Values named in arguments: `crop`, `[large, small]`, `student(large)`, `trunk(small).cls`, `learned(init: 10)`."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vfmc.check.build import build, construct
from vfmc.check.call import doubt, read_call, report, unknown_component
from vfmc.check.context import BAD, Context, Declaration, TooLarge, words
from vfmc.check.problems import within
from vfmc.check.stages import stage_by_name
from vfmc.components import Finding, InputKind, MaskKind, Operand, Ref, ValueKind, View, registry
from vfmc.source import Label, Span
from vfmc.source.record import record, replace
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence
from vfmc.types import Bad, Image, Mask, Number, Text, Type, Views, item

Refs = tuple[Ref, ...]
ANY = "*"  # the origin where a tower is looked at that nothing is applied to
LONGEST_LIST = 1024  # values
PARTS = {
    "cls": "cls",
    "patches": "without_prefix",
    "tokens": "without_prefix",
}  # of tokens, by the stage that takes them
READABLE = ("inputs", "views", "masks", "towers", "values")  # sections whose names are values


@record(frozen=True)
class Env:
    """Where an expression stands: the operands of the tower around it, and the scope its values go to."""

    names: dict[str, Refs | None] = field(default_factory=dict)
    scope: int | None = None
    prefix: str = ""  # of module names: that of the copy around it
    copy: Any = None  # the copy's policy
    path: str = ""  # names the randomness drawn here
    takes: dict[str, Span] = field(default_factory=dict)  # where the operands of the tower are named
    origin: str = ""  # the list that the tower around it is mapped over
    operand: Ref | None = None  # what the tower is applied to


def evaluate(ctx: Context, node: Node, marker: Operand, path: str, env: Env | dict[str, Any]) -> Refs | None:
    """The values that an argument names: one, or several for a list; None for `none`; BAD where it was reported."""
    env = env if isinstance(env, Env) else Env(path=path)
    env = env if env.path else replace(env, path=path)
    if isinstance(node, Scalar):
        if node.value is None:
            return None
        if isinstance(node.value, str):
            head = node.value.partition(".")[0]
            known = head in env.names or head in ctx.declared
            if not known and registry.find("value", node.value) is not None:  # a call with defaults
                return (value(ctx, node, path, env),)
            return name(ctx, node.value, node.span, env, marker)
        wanted = marker.types[0].word if marker.types else "a value"
        help = f"write {{use: fixed, value: {node.text}}}" if Number in marker.types else ""
        ctx.error("REF105", f"{wanted} is needed here, not `{node.text}`", node.span, help=help)
        return (BAD,)
    if isinstance(node, Sequence):
        found: list[Ref] = []
        for part in node:
            refs = evaluate(ctx, part, marker, path, env)
            found.extend((BAD,) if refs is None else refs)
            if len(found) > LONGEST_LIST:
                raise TooLarge(f"a list of more than {LONGEST_LIST:,} values", node.span)
        if not found:
            ctx.error("REF118", "this list is empty, and values are needed here", node.span)
            return (BAD,)
        return tuple(found)
    return call(ctx, node, path, env)


def name(ctx: Context, text: str, span: Span, env: Env, marker: Operand) -> Refs | None:
    """A name, with fields after dots."""
    head, *fields = text.split(".")
    refs: Refs | None
    inside, env = env, _around(env, {head})
    if head in env.names:
        refs = env.names[head]
        if refs is None:
            return None
    else:
        declaration = ctx.declared.get(head)
        if not head:
            ctx.error(
                "REF118",
                f"`{text}` is not a name",
                span,
                help="a name, or a part of its value such as tokens.cls",
            )
            return (BAD,)
        if declaration is None or declaration.section not in READABLE:
            wanted = " or ".join(t.word for t in marker.types) if marker.types else "a value"
            ctx.unknown_name(
                head, within(span, head), wanted, [*inside.names, *fitting(ctx, marker)], takes=inside.takes
            )
            return (BAD,)
        refs = declared(ctx, declaration, span, env)
    if not all(fields):
        ctx.error(
            "REF118",
            f"`{text}` is not a name",
            span,
            help="a name, or a part of its value such as tokens.cls",
        )
        return (BAD,)
    for label in fields:
        refs = field_of(ctx, refs or (BAD,), label, within(span, label, last=True), env, head)
    return refs if head in env.names or refs is None else _zipped(ctx, refs, span, inside)


def _around(env: Env, said: set[str]) -> Env:
    """Where a value that a pipe names is made: outside of the tower, unless it is made of what the tower was given.

    So it is computed once, whichever towers read it. Inside a copy, towers are those of the copy.
    """
    outside = env.scope is not None and env.copy is None and not said & set(env.names)
    return Env(path=env.path) if outside else env


def _zipped(ctx: Context, refs: Refs, span: Span, env: Env) -> Refs:
    """Inside of a tower that is mapped over a list, lists of the same declaration go along item by item."""
    if (env.scope is None and env.origin != ANY) or not any(isinstance(ref.type, Views) for ref in refs):
        return refs
    found = []
    for ref in refs:
        if isinstance(ref.type, Views) and ref.type.origin != env.origin and env.origin != ANY:
            what = f"a list over `{env.origin}`" if env.origin else "one value"
            ctx.error(
                "SHP214",
                f"`{ref.name}` is a list over `{ref.type.origin}`, and this tower is applied to {what}",
                span,
                help="lists zip only when they come from the same declaration",
            )
            return (BAD,)
        found.append(replace(ref, type=item(ref.type)))
    return tuple(found)


def fitting(ctx: Context, marker: Operand) -> list[str]:
    """Declared names that could stand where the marker is, best first."""
    if marker.types and all(issubclass(t, Mask) for t in marker.types):
        return ctx.names_of("masks")
    names = ctx.names_of("towers", "values", "views", "inputs")
    return [*names, *registry.names("value")] if Number in marker.types else names


def declared(ctx: Context, declaration: Declaration, span: Span, env: Env) -> Refs:
    """What a declared name stands for; a tower's bare name applies it to its default operand, anew at every use."""
    from vfmc.check.towers import apply_default

    ctx.used.add(declaration.name)
    if declaration.section == "towers":
        return apply_default(ctx, declaration.name, span, env)
    known = ctx.builder.names.get(declaration.name)
    if known is not None:
        return tuple(replace(ref, span=span) for ref in known)
    ctx.deeper(declaration.name, span)
    if declaration.name in ctx.evaluating:
        ring = [*ctx.evaluating[ctx.evaluating.index(declaration.name) :], declaration.name]
        ctx.cycle(ring, f"`{declaration.name}` is made from itself", span)
        return (BAD,)
    ctx.evaluating.append(declaration.name)
    try:
        refs = _make(ctx, declaration)
    finally:
        ctx.evaluating.pop()
    ctx.builder.names[declaration.name] = refs
    return tuple(replace(ref, span=span) for ref in refs)


def _make(ctx: Context, declaration: Declaration) -> Refs:
    path = f"{declaration.section}.{declaration.name}"
    if declaration.section == "inputs":
        made = build(ctx, declaration.node, "input", path)
        if not isinstance(made, InputKind):
            return (BAD,)
        return (data(ctx, declaration, "input", made.type(declaration.name), made, path),)
    if declaration.section == "views":
        return (_view(ctx, declaration, path),)
    if declaration.section == "masks":
        return (_mask(ctx, declaration, path),)
    refs = evaluate(ctx, declaration.node, Operand((Type,)), path, Env(path=path))
    if refs is None:
        ctx.error("REF118", f"`{declaration.name}` is declared as none", declaration.node.span)
        return (BAD,)
    return tuple(replace(ref, name=declaration.name) for ref in refs)


def data(
    ctx: Context, declaration: Declaration, make: str, type: Type, component: Any, path: str, **operands: Any
) -> Ref:
    """A value of the data path."""
    value = ctx.builder.add(
        name=declaration.name,
        make=make,
        type=type,
        component=component,
        operands=tuple((key, (ref.id,)) for key, ref in operands.items()),
        path=path,
        span=declaration.span,
    )
    return Ref(value.id, type, declaration.span, declaration.name, component)


def _view(ctx: Context, declaration: Declaration, path: str) -> Ref:
    made = build(ctx, declaration.node, "view", path)
    if not isinstance(made, View):
        return BAD
    try:
        type = made.signature(declaration.name)
        made.programs()
    except Finding as finding:
        call_ = read_call(ctx, declaration.node, "view")
        assert call_ is not None
        report(ctx, finding, call_)
        return BAD
    if doubts := made.doubts():
        call_ = read_call(ctx, declaration.node, "view")
        assert call_ is not None
        doubt(ctx, doubts, call_)
    operands = [name for name, mark in made.markers().items() if isinstance(mark, Operand)]
    given = {name: made.argument(name) for name in operands if made.argument(name) is not None}
    return data(ctx, declaration, "view", type, made, path, **given)


def _mask(ctx: Context, declaration: Declaration, path: str) -> Ref:
    made = build(ctx, declaration.node, "mask", path)
    if not isinstance(made, MaskKind):
        return BAD
    of: Ref = made.of  # type: ignore[attr-defined]
    open_mask: Type = Mask()
    image = item(of.type)
    if isinstance(image, Image) and not image.crop:
        read = read_call(ctx, declaration.node, "mask")
        span = read.at("of") if read else declaration.span
        ctx.error(
            "SHP204",
            f"the size of `{of.name}` is not known before training, so it has no grid to mask",
            span,
            help="name a view that cuts it",
        )
        return BAD
    if isinstance(item(of.type), Text):
        tokens = item(of.type).length  # type: ignore[attr-defined]
        open_mask = Mask(None, tokens, made.hidden(tokens))
    if isinstance(of.type, Views):
        open_mask = Views(open_mask, of.type.views, of.type.origin)
    return data(ctx, declaration, "mask", open_mask, made, path, of=of)


def call(ctx: Context, node: Mapping, path: str, env: Env) -> Refs:
    """A tower applied to values, or a component that makes a value."""
    from vfmc.check.towers import apply_call

    read = read_call(ctx, node, "value")
    if read is None:
        return (BAD,)
    declaration = ctx.declared.get(read.name)
    inside, env = env, _around(env, words(node))
    if declaration is not None and declaration.section == "towers":
        ctx.used.add(read.name)
        refs = apply_call(ctx, read, path, env)
    elif registry.find("value", read.name) is not None:
        refs = (value(ctx, node, path, env),)
    elif declaration is not None and declaration.section in READABLE and not read.entries:
        refs = declared(ctx, declaration, read.name_span, env)
    else:
        unknown_component(ctx, read, "value", ctx.names_of("towers"))
        return (BAD,)
    field_node = node.get("field")
    if isinstance(field_node, Scalar):
        for label in str(field_node.value).split("."):
            refs = field_of(ctx, refs, label, field_node.span, env, read.name)
    return refs if env is inside else _zipped(ctx, refs, node.span, inside)


def value(ctx: Context, node: Node, path: str, env: Env) -> Ref:
    """A component of kind value: a scale, a target."""
    read = read_call(ctx, node, "value")
    assert read is not None
    cls = registry.find("value", read.name)
    assert cls is not None
    made = construct(ctx, cls, read, path, env)  # type: ignore[arg-type]
    if not isinstance(made, ValueKind):
        return BAD
    try:
        type = made.signature()
    except Finding as finding:
        report(ctx, finding, read)
        return BAD
    name = path.partition(".")[2]  # losses.clip.scale -> clip.scale
    weights = made.weights()
    if weights:
        ctx.module(name, name.partition(".")[0], made, weights, made.facts(), path, read.span)
    operands = tuple(
        (key, (getattr(made, key).id,)) for key, mark in made.markers().items() if isinstance(mark, Operand)
    )
    added = ctx.builder.add(
        name=name, make="apply", type=type, component=made, operands=operands, module=name if weights else "",
        facts=made.facts(), scope=env.scope, path=path, span=read.span,
    )  # fmt: skip
    return Ref(added.id, type, read.span, name)


def field_of(ctx: Context, refs: Refs, label: str, span: Span, env: Env, of: str) -> Refs:
    """`student.early`, `tokens.cls`: a labelled value of a tower, or a part of the tokens."""
    found: list[Ref] = []
    for ref in refs:
        if ref is BAD or isinstance(ref.type, Bad):
            return (BAD,)
        inner = ctx.fields.get((ref.id, label))
        if inner is not None:
            type = inner.type
            if isinstance(ref.type, Views):
                type = Views(type, ref.type.views, ref.type.origin)
            found.append(replace(inner, type=type, span=span))
        elif label in PARTS:
            made = stage_by_name(ctx, PARTS[label], label, ref, span, env)
            found.append(made)
        else:
            labels = [*sorted(name for id, name in ctx.fields if id == ref.id), *PARTS]
            from vfmc.source.suggest import nearest

            near = nearest(label, labels)
            ctx.error(
                "REF107",
                f"`{of}` has no `{label}`",
                span,
                help=f"did you mean `{near}`?"
                if near
                else f"it has {', '.join(labels)}; a stage that is labelled with `as` can be read as well",
                labels=(Label(ctx.declared[of].span, "declared here"),) if of in ctx.declared else (),
            )
            return (BAD,)
    return tuple(found)
