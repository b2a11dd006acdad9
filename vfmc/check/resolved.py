"""The resolved spec: every default written out, for people and for the lock."""

from __future__ import annotations

from typing import Any

from vfmc.check.context import Context
from vfmc.components import Component, Duration, Operand, Raw
from vfmc.source import Severity
from vfmc.syntax.tree import Entry, Item, Mapping, Node, Scalar, Sequence, mapping, scalar, sequence


def resolve(ctx: Context, root: Mapping) -> Mapping:
    """The tree with the defaults of every component that was built, and without what says nothing. What was written keeps its place.

    It can be built again where this one can: what a spec silences is silenced in it as well.
    """
    out = _fill(ctx, root)
    assert isinstance(out, Mapping)
    doubted = sorted({each.code for each in ctx.problems.found if each.severity is Severity.ERROR})
    marks = (
        (f"# vfmc: ignore-file[{', '.join(doubted)}] as in the spec that this was made of",)
        if doubted
        else ()
    )
    entries = (entry for entry in out if entry.name not in ("extends", "without", "let"))
    return Mapping(tuple(entries), trailing=marks)


def _fill(ctx: Context, node: Node) -> Node:
    made = ctx.built.get(id(node))
    if isinstance(node, Sequence):
        return Sequence(tuple(Item(_fill(ctx, item)) for item in node))
    if isinstance(node, Scalar):
        if made is None:
            return node
        defaults = _defaults(made, set())
        return mapping({"use": node, **defaults}) if defaults else node
    entries = [Entry(entry.key, _fill(ctx, entry.value)) for entry in node]
    if made is not None:
        given = {entry.name for entry in node}
        entries += [Entry(scalar(name), value) for name, value in _defaults(made, given).items()]
    return Mapping(tuple(entries))


def _defaults(made: Component, given: set[str]) -> dict[str, Node]:
    """What was left out, as nodes. Operands and what is none by default stay out: they are said by their absence."""
    found: dict[str, Node] = {}
    markers = made.markers()
    for name in made.arguments():
        value = made.argument(name)
        if name in given or value is None or value == [] or isinstance(markers.get(name), Operand | Raw):
            continue
        found[name] = node_of(value)
    return found


def node_of(value: Any) -> Node:
    """A validated argument as a node."""
    if isinstance(value, Component):
        parts = {
            name: node_of(value.argument(name))
            for name in value.arguments()
            if value.argument(name) is not None
        }
        if value.kind == "section":
            return mapping(parts)
        return (
            mapping({"use": scalar(value.component_name), **parts}) if parts else scalar(value.component_name)
        )
    if isinstance(value, Duration):
        return scalar(str(value))
    if isinstance(value, list | tuple):
        return sequence([node_of(part) for part in value])
    if isinstance(value, dict):
        return mapping({key: node_of(part) for key, part in value.items()})
    return scalar(value)
