"""Embed only visible patches: a `drop` moves before the patch embedding, so that hidden patches are never embedded (FLIP, MAE).

Exact: the embedding, positions and every stage between act on each token alone, and prefix tokens are never hidden. Refused where a stage between
mixes tokens, or where something else reads the whole grid.
"""

from __future__ import annotations

from dataclasses import replace

from vfmc.components import Stage
from vfmc.graph import Graph, Value
from vfmc.graph.cost import macs
from vfmc.passes.manager import Entry
from vfmc.types import Tokens

NAME = "visible_patches"
NUMERICS = "exact"


def run(graph: Graph) -> tuple[Graph, list[Entry]]:
    entries: list[Entry] = []
    moves: dict[int, int] = {}
    moved: set[int | None] = set()  # scopes of drops that are to go
    for drop in [
        v for v in graph.values.values() if v.make == "apply" and v.component.component_name == "drop"
    ]:
        if drop.scope in moved:  # of what the next one reads
            graph, moves, moved = graph.redirect(moves), {}, set()
            drop = graph.values[drop.id]
        chain, obstacle = _chain(graph, drop)
        if obstacle:
            entries.append(Entry(NAME, graph.name, drop.path, False, obstacle))
            continue
        mask = drop.operand("mask")
        assert isinstance(drop.type, Tokens)
        hidden = drop.type.hidden_by
        lost = _count(graph.values[drop.operand("x")]) - drop.type.count
        changed = []
        for value in chain:
            assert isinstance(value.type, Tokens) and isinstance(value.component, Stage)
            reads = "visible" in value.component.variants
            changed.append(
                replace(
                    value,
                    type=replace(value.type, count=value.type.count - lost, hidden_by=hidden),
                    variant="visible" if reads else value.variant,
                    operands=(*value.operands, ("mask", (mask,))) if reads else value.operands,
                )
            )
        cheaper = graph.edit(changed)
        less = sum(macs(graph, old) - macs(cheaper, new) for old, new in zip(chain, changed, strict=True))
        graph, moves, moved = cheaper, {**moves, drop.id: drop.operand("x")}, {*moved, drop.scope}
        reason = f"the patches that `{hidden}` hides are not embedded"
        entries.append(Entry(NAME, graph.name, drop.path, True, reason, less))
    return graph.redirect(moves) if moves else graph, entries


def _count(value: Value) -> int:
    assert isinstance(value.type, Tokens)
    return value.type.count


def _chain(graph: Graph, drop: Value) -> tuple[list[Value], str]:
    """The stages from the patch embedding to the drop, last first, or what stands in the way."""
    users = graph.users
    found: list[Value] = []
    value = graph.values[drop.operand("x")]
    reader = drop
    while True:
        stage = value.component
        if value.scope != drop.scope or not isinstance(stage, Stage):
            return [], "the tokens come from outside the tower"
        if users[value.id] != [reader.id]:
            return [], f"something else reads the tokens of `{value.name}`"
        module = graph.modules.get(value.module)
        if module is not None and module.facts.get("count") != value.facts.get("count"):
            return [], f"`{value.name}` is resampled to this grid as a whole"
        name = stage.component_name
        if "visible" not in stage.variants and not stage.tokenwise and name != "prefix":
            return [], f"`{value.name}` mixes tokens before they are dropped"
        found.append(value)
        if name == "patches":
            return found, ""
        reader, value = value, graph.values[value.operand("x")]
