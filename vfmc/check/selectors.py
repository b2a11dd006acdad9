"""Selectors: which weights are meant. `tower`, `tower.stage`, a list, or {of:, layers:, role:}."""

from __future__ import annotations

from vfmc.check.context import Context
from vfmc.check.problems import within
from vfmc.components.sections.train import Train
from vfmc.graph import Module
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence

ROLES = ("matrix", "bias", "norm", "scale", "position", "prefix", "embedding")
KEYS = ("of", "layers", "role")


def select(node: Node, modules: dict[str, Module]) -> list[str]:
    """The full names of the weights that a selector means, in the order of the modules."""
    if isinstance(node, Sequence):
        wanted = {name for part in node for name in select(part, modules)}
        return [name for name in _all(modules) if name in wanted]
    if isinstance(node, Scalar):
        return _named(str(node.value), modules)
    of, layers, role = node.get("of"), node.get("layers"), node.get("role")
    inside = set(select(of, modules)) if of is not None else set(_all(modules))
    roles = _words(role)
    first, last = _range(layers)
    found = []
    for module in modules.values():
        for weight in module.weights:
            name = f"{module.name}.{weight.name}"
            if name not in inside or (roles and weight.role not in roles):
                continue
            if layers is not None and (weight.layer is None or not first <= weight.layer <= last):
                continue
            found.append(name)
    return found


def _all(modules: dict[str, Module]) -> list[str]:
    return [f"{module.name}.{weight.name}" for module in modules.values() for weight in module.weights]


def _named(word: str, modules: dict[str, Module]) -> list[str]:
    """The weights that a name means: those of the modules under it, or some of the one module that it goes into."""
    found: list[str] = []
    for module in modules.values():
        if _under(module.name, word):
            found += [f"{module.name}.{weight.name}" for weight in module.weights]
        elif _under(word, module.name):
            inner = word.removeprefix(f"{module.name}.")
            found += [
                f"{module.name}.{weight.name}" for weight in module.weights if _under(weight.name, inner)
            ]
    return found


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def _words(node: Node | None) -> list[str]:
    if isinstance(node, Sequence):
        return [str(part.value) for part in node if isinstance(part, Scalar)]
    return [str(node.value)] if isinstance(node, Scalar) else []


def _range(node: Node | None) -> tuple[int, int]:
    numbers = (
        [int(part.value) for part in node if isinstance(part, Scalar) and isinstance(part.value, int)]
        if isinstance(node, Sequence)
        else []
    )
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, -1)


def check_selectors(ctx: Context, train: Train) -> None:
    """Report selectors that mean nothing, and roles that there are not."""
    for group in train.groups:
        _check(ctx, group.of)
    node = ctx.root.get("train")
    roles = node.get("no_decay") if isinstance(node, Mapping) else None
    for part in roles if isinstance(roles, Sequence) else ():
        _role(ctx, part)


def _role(ctx: Context, node: Node) -> None:
    word = str(node.value) if isinstance(node, Scalar) else ""
    if word not in ROLES:
        near = nearest(word, list(ROLES))
        ctx.error(
            "OPT502",
            f"there is no role `{word}`",
            node.span,
            help=f"did you mean `{near}`?" if near else f"roles are {', '.join(ROLES)}",
        )


def _check(ctx: Context, node: Node) -> None:
    if isinstance(node, Sequence):
        for part in node:
            _check(ctx, part)
        return
    if isinstance(node, Mapping):
        for entry in node:
            if entry.name not in KEYS:
                near = nearest(entry.name, list(KEYS))
                help = f"did you mean `{near}`?" if near else f"it has {', '.join(KEYS)}"
                ctx.error("REF100", f"a selector has no key `{entry.name}`", entry.key.span, help=help)
        of, role = node.get("of"), node.get("role")
        if of is not None:
            _check(ctx, of)
        for part in role if isinstance(role, Sequence) else [role] if role is not None else []:
            _role(ctx, part)
        if not ctx.problems.failed and not select(node, ctx.modules):
            ctx.error("OPT502", "this selects no weight", node.span)
        return
    if ctx.problems.failed or select(node, ctx.modules):
        return
    word = str(node.value)
    known = [f"{module.name}.{weight.name}" for module in ctx.modules.values() for weight in module.weights]
    bad, near = _first_wrong(word.split("."), known)
    help = f"did you mean `{near}`?" if near else "name a tower, or a stage as tower.stage"
    ctx.error("OPT502", f"`{word}` selects no weight", within(node.span, bad), help=help)


def _first_wrong(parts: list[str], known: list[str]) -> tuple[str, str | None]:
    """The first part of a selector that there is not, with the nearest one in its place."""
    for depth, part in enumerate(parts):
        there = {
            tuple(name.split("."))[depth]
            for name in known
            if name.split(".")[:depth] == parts[:depth] and name.count(".") >= depth
        }
        if part not in there:
            return part, nearest(part, there)
    return parts[-1], None
