"""From a settled spec to the Graph of its losses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vfmc.check.addresses import ENTRIES
from vfmc.check.build import construct
from vfmc.check.call import Call, doubt, read_call, report, unknown_component
from vfmc.check.context import BAD, KIND_WORDS, Builder, Context, Declaration
from vfmc.check.expressions import ANY, Env, declared, evaluate
from vfmc.check.masks import bind, refresh
from vfmc.check.names import good_name
from vfmc.check.once import Once
from vfmc.check.problems import Problems
from vfmc.components import Component, Finding, LossKind, Operand, Ref, registry
from vfmc.graph import Graph, Term
from vfmc.source import Label
from vfmc.source.record import replace
from vfmc.syntax.tree import Mapping, Scalar
from vfmc.types import Loss, Tokens, Type, item

HEAVIEST = 1e9  # the weight of a loss


def declare(root: Mapping, problems: Problems, once: Once | None = None) -> Context:
    """Enter every name of the spec; a name is defined once. A phase goes on from what was worked out `once` for the base."""
    ctx = Context(root, problems, once or Once())
    for section in ENTRIES:
        node = root.get(section)
        if node is None or (isinstance(node, Scalar) and node.value is None):
            continue
        if not isinstance(node, Mapping):
            what = KIND_WORDS[section]
            help = f"write {section}: {{NAME: {what.split(' ', 1)[1]}, ...}}"
            ctx.unread = True
            problems.error("REF118", f"`{section}` gives {what} to every name", node.span, help=help)
            continue
        for entry in node:
            name = entry.name
            if not good_name(problems, name, section, entry.key.span):
                continue
            if name in ctx.declared:
                old = ctx.declared[name]
                problems.error(
                    "REF108",
                    f"`{name}` is defined twice: as {KIND_WORDS[old.section]} and as {KIND_WORDS[section]}",
                    entry.key.span,
                    labels=(Label(old.span, "first defined here"),),
                )
            else:
                ctx.declared[name] = Declaration(section, name, entry.value, entry.key.span)
    return ctx


def build_graph(ctx: Context, name: str) -> Graph:
    """The Graph of all losses. Names that no loss reads are checked as well."""
    _declare_all(
        ctx, "masks"
    )  # first: a mask that a pipe names itself must come before the stages that passes let read it
    terms = []
    for declaration in [d for d in ctx.declared.values() if d.section == "losses"]:
        term = _loss(ctx, declaration)
        if term is not None:
            terms.append(term)
    _declare_all(ctx, "inputs", "views", "values")
    return ctx.builder.graph(name, ctx.modules, terms, {})


def _declare_all(ctx: Context, *sections: str) -> None:
    """What every name of these sections stands for, whether something reads it or not."""
    for declaration in ctx.declared.values():
        if declaration.section in sections and declaration.name not in ctx.builder.names:
            before = set(ctx.used)
            declared(ctx, declaration, declaration.span, Env())
            ctx.used = before


def check_unread(ctx: Context) -> None:
    """Towers, stages and default operands that the losses did not reach, so that their mistakes show as well."""
    from vfmc.check.declarations import read
    from vfmc.check.towers import apply_default

    for declaration in [d for d in ctx.declared.values() if d.section == "towers"]:
        tower = read(ctx, declaration.name)
        with _aside(ctx):
            unread = declaration.name not in ctx.used and not tower.broken
            if tower.source is not None:
                evaluate(ctx, tower.source, Operand((Type,)), f"towers.{tower.name}.from", Env())
                if unread:
                    used = set(ctx.used)
                    apply_default(ctx, declaration.name, declaration.span, Env())
                    ctx.used = used
            for take, default in tower.takes.items():
                evaluate(ctx, default, Operand((Type,)), f"towers.{tower.name}.takes.{take}", Env())
            env = Env(dict.fromkeys(tower.takes, (BAD,)), takes=tower.places, origin=ANY)
            for pipe in [] if tower.unnamed else tower.stages:
                if pipe.tower or id(pipe.call.node) in ctx.built:
                    continue
                cls = registry.find("stage", pipe.call.name)
                if cls is None:
                    unknown_component(ctx, pipe.call, "stage", ctx.names_of("towers"))
                else:
                    construct(ctx, cls, pipe.call, pipe.path, env)  # type: ignore[arg-type]


@contextmanager
def _aside(ctx: Context) -> Iterator[None]:
    """What is made inside leaves no trace but its findings."""
    kept, modules, weights = ctx.builder, ctx.modules, ctx.weights
    ctx.builder = Builder(dict(kept.values), dict(kept.scopes), dict(kept.names))
    ctx.modules = dict(modules)
    try:
        yield
    finally:
        ctx.builder, ctx.modules, ctx.weights = kept, modules, weights


def _loss(ctx: Context, declaration: Declaration) -> Term | None:
    path = f"losses.{declaration.name}"
    call = read_call(ctx, declaration.node, "loss")
    if call is None:
        return None
    cls = registry.find("loss", call.name)
    if cls is None:
        unknown_component(ctx, call, "loss")
        return None
    made = construct(ctx, cls, call, path, {})
    weight = _weight(ctx, declaration, path)
    if not isinstance(made, LossKind):
        return None
    try:
        made = _bound(ctx, made, call)
        made.signature()
    except Finding as finding:
        report(ctx, finding, call)
        return None
    doubt(ctx, made.doubts(), call)
    weights, facts = made.weights(), made.facts()
    if weights:
        ctx.module(declaration.name, declaration.name, made, weights, facts, path, declaration.span)
    operands = []
    for key, mark in made.markers().items():
        given = getattr(made, key, None)
        if isinstance(mark, Operand) and given is not None:
            refs = given if isinstance(given, tuple) else (given,)
            operands.append((key, tuple(ref.id for ref in refs)))
            facts = {**facts, f"{key}_views": [getattr(ref.type, "views", 0) for ref in refs]}
    value = ctx.builder.add(
        name=declaration.name, make="loss", type=Loss(), component=made, operands=tuple(operands),
        module=declaration.name if weights else "", facts=facts, path=path, span=declaration.span,
    )  # fmt: skip
    return Term(declaration.name, value.id, 1.0 if weight is None else weight)


def _bound(ctx: Context, made: LossKind, call: Call) -> LossKind:
    """The loss with its masks typed: by the tokens they are read on, if nothing fixed them before."""
    made = refresh(ctx, made)
    for operand in made.reads:
        ref = getattr(made, operand, None)
        if isinstance(ref, Ref) and isinstance(item(ref.type), Tokens):
            made = bind(ctx, made, replace(ref, type=item(ref.type)), call)
    return made


def _weight(ctx: Context, declaration: Declaration, path: str) -> float | Component | None:
    """`weight:` of a loss: a number or a schedule."""
    from vfmc.check.build import build

    node = declaration.node.get("weight") if isinstance(declaration.node, Mapping) else None
    if node is None:
        return 1.0
    if (
        isinstance(node, Scalar)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and abs(node.value) < HEAVIEST
    ):
        return float(node.value)
    if not isinstance(node, Mapping) and not (isinstance(node, Scalar) and isinstance(node.value, str)):
        ctx.error(
            "REF118", "the weight of a loss is a number or a schedule", node.span, help="such as weight: 0.5"
        )
        return None
    return build(ctx, node, "schedule", f"{path}.weight")
