"""Applying towers: every application types the whole pipe anew."""

from __future__ import annotations

from vfmc.check.call import Call
from vfmc.check.context import BAD, Context
from vfmc.check.declarations import Pipe, Tower, read
from vfmc.check.expressions import Env, Refs, evaluate
from vfmc.check.stages import run
from vfmc.check.units import check_units
from vfmc.components import Operand, Ref
from vfmc.graph import Follow
from vfmc.source import Label, Severity, Span
from vfmc.source.record import replace
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Entry, Node
from vfmc.types import Bad, Type, Views, item, stopped


def apply_default(ctx: Context, name: str, span: Span, env: Env) -> Refs:
    """A tower's bare name: applied to what `from` gives."""
    tower = read(ctx, name)
    source = tower.source
    copied = tower
    while source is None and copied.copies and copied.copies in ctx.declared:
        copied = read(ctx, copied.copies)
        source = copied.source
    if source is None:
        if not tower.broken and not copied.broken:
            ctx.error(
                "REF104",
                f"tower `{name}` has no default operand, so its bare name is no value",
                span,
                help=f"call it, such as {name}(OPERAND), or give it one with `from`",
                labels=(Label(tower.declaration.span, "declared here"),),
            )
        return (BAD,)
    refs = default_operand(ctx, name, source, span)
    return apply(ctx, name, refs or (BAD,), {}, span, env, f"{env.path}/{name}")


def default_operand(ctx: Context, name: str, source: Node, span: Span) -> Refs | None:
    """What `from` gives, unless that needs the tower itself."""
    if name in ctx.evaluating:
        ctx.cycle(
            [*ctx.evaluating[ctx.evaluating.index(name) :], name],
            f"tower `{name}` needs itself as its operand",
            span,
        )
        return (BAD,)
    ctx.evaluating.append(name)
    try:
        return evaluate(ctx, source, Operand((Type,)), f"towers.{name}.from", Env())
    finally:
        ctx.evaluating.pop()


def apply_call(ctx: Context, call: Call, path: str, env: Env) -> Refs:
    """A tower called with operands."""
    tower = read(ctx, call.name)
    takes = dict(tower.takes)
    if tower.copies and tower.copies in ctx.declared:
        takes = {**read(ctx, tower.copies).takes, **takes}
    given: dict[str, Refs | None] = {}
    operands: Refs | None = None
    bad = False
    for entry in call.entries:
        if entry.name == "of":
            operands = evaluate(ctx, entry.value, Operand((Type,)), f"{path}.of", replace(env, path=path))
            if operands is None:
                ctx.error("REF118", f"`{call.name}` cannot be applied to none", entry.value.span)
                bad = True
        else:
            take = _take(ctx, call, tower, takes, entry, ["of"])
            refs = evaluate(
                ctx, entry.value, Operand((Type,)), f"{path}.{entry.name}", replace(env, path=path)
            )
            if take is None:
                bad = True
            else:
                given[take] = refs
    if bad:
        return (BAD,)
    if operands is None:
        if given:
            source = tower.source
            if source is None:
                ctx.error(
                    "REF104",
                    f"tower `{call.name}` has no default operand",
                    call.name_span,
                    help="give one with `of`",
                )
                return (BAD,)
            operands = default_operand(ctx, call.name, source, call.span)
        else:
            return apply_default(ctx, call.name, call.span, env)
    return apply(ctx, call.name, operands or (BAD,), given, call.span, env, f"{path}/{call.name}")


def _take(
    ctx: Context, call: Call, tower: Tower, takes: dict[str, Node], entry: Entry, also: list[str]
) -> str | None:
    """The operand of a tower that an argument gives; reports one that there is not, and goes on with the one that was meant."""
    if entry.name in takes:
        return entry.name
    if tower.broken:
        return None
    free = [name for name in takes if not any(e.name == name for e in call.entries)]
    known = [*also, *takes]
    ctx.unknown_name(
        entry.name, entry.key.span, "", [*also, *free], takes=tower.places, code="REF102", message=f"tower `{tower.name}` takes no `{entry.name}`",
        label="", fallback=f"it takes {', '.join(known)}" if takes else "it takes no operands by name: declare them with `takes`",
    )  # fmt: skip
    near = nearest(entry.name, free)
    return near if near is not None else None


def apply(
    ctx: Context, name: str, operands: Refs, given: dict[str, Refs | None], span: Span, env: Env, path: str
) -> Refs:
    """Apply a tower to every operand: a list is mapped over, one scope a group of equal views."""
    tower = read(ctx, name)
    if tower.broken:
        return (BAD,)
    ctx.deeper(name, span)
    if name in ctx.evaluating:
        ring = [*ctx.evaluating[ctx.evaluating.index(name) :], name]
        ctx.cycle(ring, f"tower `{name}` contains itself", span)
        return (BAD,)
    ctx.evaluating.append(name)
    try:
        if tower.copies:
            return _apply_copy(ctx, tower, operands, given, span, env, path)
        found = []
        for number, operand in enumerate(operands):
            if operand is BAD or isinstance(operand.type, Bad):
                found.append(BAD)
                continue
            found.append(
                _apply_one(ctx, tower, operand, given, span, env, path if number == 0 else f"{path}:{number}")
            )
        if env.scope is None and BAD not in found:
            ctx.applied.setdefault(name, []).append(operands)
        return tuple(found)
    finally:
        ctx.evaluating.pop()


def _apply_copy(
    ctx: Context, tower: Tower, operands: Refs, given: dict[str, Refs | None], span: Span, env: Env, path: str
) -> Refs:
    """A copy runs the pipe of what it copies, over weights of its own, without gradient."""
    pipe = tower.stages[0]
    component = ctx.built.get(id(pipe.call.node))
    if component is None or tower.copies not in ctx.declared:
        return (BAD,)
    if env.copy is not None:
        ctx.error("REF119", f"`{tower.name}` is a copy inside another copy", span)
        return (BAD,)
    if env.scope is not None:
        ctx.error(
            "REF119",
            f"`{tower.name}` is a copy, and a copy is no stage of another tower",
            span,
            help=f"let the tower read it: `from: {tower.name}`, or `of: {{use: {tower.name}, of: ...}}` where it is called",
        )
        return (BAD,)
    follow = Follow(tower.copies, tower.name, component)
    refs = apply(ctx, tower.copies, operands, given, span, replace(env, copy=follow), path)
    if env.scope is None and BAD not in refs:
        ctx.applied.setdefault(tower.name, []).append(operands)
    return tuple(replace(ref, type=stopped(ref.type)) for ref in refs)


def _apply_one(
    ctx: Context, tower: Tower, operand: Ref, given: dict[str, Refs | None], span: Span, env: Env, path: str
) -> Ref:
    views = operand.type.views if isinstance(operand.type, Views) else 0
    check_units(ctx, tower.name, operand, span)
    names = _operands(ctx, tower, operand, given, span)
    if names is None:
        return BAD
    scope = ctx.builder.scope(
        tower=tower.name, prefix=prefix(env.copy, tower.name), parent=env.scope, views=views,
        stopped=env.copy is not None, copy=env.copy.copy if env.copy else "", path=path, span=span, operand=operand.id,
        takes=tuple((take, refs[0].id) for take, refs in names.items() if refs),
    )  # fmt: skip
    origin = operand.type.origin if isinstance(operand.type, Views) else env.origin
    inner = Env(names, scope.id, scope.prefix, env.copy, path, tower.places, origin, operand)
    x = replace(operand, type=item(operand.type))
    labels: dict[str, Ref] = {}
    for pipe in tower.stages:
        x = (
            _nested(ctx, pipe, x, inner, labels)
            if pipe.tower
            else run(ctx, tower, pipe, x, inner, pipe.label, labels)
        )
        if isinstance(x.type, Bad):
            return BAD
    if env.copy is not None:
        x = replace(x, type=stopped(x.type))
    ctx.builder.scopes[scope.id] = replace(ctx.builder.scopes[scope.id], result=x.id)
    for label, ref in labels.items():
        ctx.fields[(x.id, label)] = ref
    type = Views(x.type, views, operand.type.origin) if isinstance(operand.type, Views) else x.type
    return Ref(x.id, type, span, tower.name)


def prefix(copy: Follow | None, tower: str) -> str:
    """What stands before the labels of a tower's stages in weight names."""
    if copy is None:
        return f"{tower}."
    return f"{copy.copy}." if tower == copy.source else f"{copy.copy}.{tower}."


def _operands(
    ctx: Context, tower: Tower, operand: Ref, given: dict[str, Refs | None], span: Span
) -> dict[str, Refs | None] | None:
    """The named operands of one application: what was given, else the defaults; lists zip with the operand."""
    names: dict[str, Refs | None] = {}
    for take, default in tower.takes.items():
        refs = (
            given[take]
            if take in given
            else evaluate(ctx, default, Operand((Type,)), f"towers.{tower.name}.takes.{take}", Env())
        )
        if refs is not None and BAD in refs:
            return None
        if refs is not None:
            zipped = []
            for ref in refs:
                if isinstance(ref.type, Views):
                    same = isinstance(operand.type, Views) and operand.type.origin == ref.type.origin
                    if not same:
                        ctx.error(
                            "SHP214",
                            f"`{ref.name}` is a list over `{ref.type.origin}`, and `{tower.name}` is applied to another value",
                            span,
                            help="lists zip only when they come from the same declaration",
                        )
                        return None
                zipped.append(replace(ref, type=item(ref.type)))
            refs = tuple(zipped)
        names[take] = refs
    return names


def _nested(ctx: Context, pipe: Pipe, x: Ref, env: Env, labels: dict[str, Ref]) -> Ref:
    """A tower that stands in the pipe of another."""
    given: dict[str, Refs | None] = {}
    nested = read(ctx, pipe.tower)
    for entry in pipe.call.entries:
        take = _take(ctx, pipe.call, nested, nested.takes, entry, [])
        refs_given = evaluate(ctx, entry.value, Operand((Type,)), f"{pipe.path}.{entry.name}", env)
        if take is None:
            return BAD
        given[take] = refs_given
    refs = apply(ctx, pipe.tower, (x,), given, pipe.call.span, env, f"{env.path}/{pipe.tower}")
    labels[pipe.label or pipe.tower] = refs[0]
    return refs[0]


def unused(ctx: Context) -> None:
    """Warn of towers that nothing reads."""
    for declaration in ctx.declared.values():
        if declaration.section == "towers" and declaration.name not in ctx.used:
            near = ctx.meant(declaration.name, [name for name in ctx.used if name in ctx.declared])
            ctx.error(
                "REF114", f"nothing reads tower `{declaration.name}`", declaration.span, severity=Severity.WARNING,
                help=f"did you mean it where `{near}` is read?" if near else "remove it, or read it in a loss",
            )  # fmt: skip
