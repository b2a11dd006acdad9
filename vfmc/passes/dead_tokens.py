"""Dead tokens in the last block: where only some tokens are read, the last block computes only those; the others are keys and values alone.

Exact: a token that nothing reads has no influence after the last attention. Applies to the class token, the end of a text, the first word,
and to the tokens that a loss reads at a mask. Refused where all tokens are read (a mean, a label), or where tokens mix after the blocks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vfmc.components import Component, LossKind, Select, Stage, registry
from vfmc.graph import Graph, Value
from vfmc.graph.cost import saved
from vfmc.passes.manager import Entry
from vfmc.types import Mask, Tokens, item

NAME = "dead_tokens"
NUMERICS = "exact"


def run(graph: Graph) -> tuple[Graph, list[Entry]]:
    entries: list[Entry] = []
    users = graph.users  # of tokens: what is inserted reads masks and ids alone
    for value in list(graph.values.values()):
        if value.variant != "all":  # done already
            continue
        before = graph
        if value.make == "apply" and isinstance(value.component, Select):
            graph, entry = _selected(graph, value, users)
        elif value.make == "loss" and isinstance(value.component, LossKind) and value.component.reads:
            graph, entry = _masked(graph, value, users)
        elif value.component.component_name == "mean" and _of_tokens(graph, value):
            entry = Entry(NAME, graph.name, value.path, False, "`mean` reads every token")
        else:
            continue
        if entry is not None:
            entries.append(replace(entry, saved=saved(before, graph, users)) if entry.taken else entry)
    return graph, entries


def _of_tokens(graph: Graph, value: Value) -> bool:
    return isinstance(item(graph.values[value.operand("x")].type), Tokens)


def _selected(graph: Graph, select: Value, users: dict[int, list[int]]) -> tuple[Graph, Entry | None]:
    """A stage that reads one token of each sample."""
    chain, obstacle = _chain(graph, graph.values[select.operand("x")], select, users)
    if obstacle:
        return graph, Entry(NAME, graph.name, select.path, False, obstacle)
    assert isinstance(select.component, Select)
    op = select.component.index()
    first = graph.values[select.operand("x")].type
    assert isinstance(first, Tokens)
    if op == "end_index":
        component = _op(op, end=select.facts["end"], prefix=select.facts["prefix"])
        operands: tuple[tuple[str, tuple[int, ...]], ...] = (("ids", (select.operand("ids"),)),)
    else:
        component = _op(op, place=select.facts.get("place", select.facts.get("prefix", 0)))
        operands = ()
    graph = _read(graph, chain, component, operands, 1, select.name)
    graph = graph.edit([replace(graph.values[select.id], variant="only", operands=(("x", (chain[0].id,)),))])
    return graph, Entry(
        NAME,
        graph.name,
        select.path,
        True,
        f"only `{select.name}` is read, so the last block computes no other token",
    )


def _masked(graph: Graph, loss: Value, users: dict[int, list[int]]) -> tuple[Graph, Entry | None]:
    """A loss that reads tokens at a mask."""
    assert isinstance(loss.component, LossKind)
    operand, on = next(iter(loss.component.reads.items()))
    if not loss.has(on):
        return graph, Entry(NAME, graph.name, loss.path, False, "the loss reads every token")
    source = graph.values[loss.operand(operand)]
    mask = item(graph.values[loss.operand(on)].type)
    assert isinstance(mask, Mask) and isinstance(source.type, Tokens)
    if not mask.hidden:
        return graph, None
    chain, obstacle = _chain(graph, source, loss, users)
    if obstacle:
        return graph, Entry(NAME, graph.name, loss.path, False, obstacle)
    component = _op("hidden_index", prefix=source.type.prefix)
    graph = _read(
        graph,
        chain,
        component,
        (("mask", (loss.operand(on),)),),
        mask.hidden,
        graph.values[loss.operand(on)].name,
    )
    graph = graph.edit([replace(graph.values[loss.id], variant="read")])
    return graph, Entry(
        NAME,
        graph.name,
        loss.path,
        True,
        "the loss reads hidden tokens alone, so the last block computes no other token",
    )


def _op(name: str, **facts: Any) -> Component:
    cls = registry.find("op", name)
    assert cls is not None
    return cls.model_validate(facts)


def _read(
    graph: Graph,
    chain: list[Value],
    op: Component,
    operands: tuple[tuple[str, tuple[int, ...]], ...],
    count: int,
    only: str,
) -> Graph:
    """Let the blocks at the end of `chain` compute the tokens that `op` points at, and retype what follows."""
    blocks = chain[-1]
    index = Value(
        id=graph.fresh(), name="read", make="apply", type=Tokens(count, 0), component=op, operands=operands,
        facts=dict(op), scope=blocks.scope, path=f"{blocks.path}.read", span=blocks.span,
    )  # fmt: skip
    graph = graph.insert(index, blocks.id)
    changed = []
    for value in chain:
        assert isinstance(value.type, Tokens)
        type = replace(value.type, count=count, prefix=0, suffix=0, only=only)
        if value is blocks:
            value = replace(value, variant="read", operands=(*value.operands, ("read", (index.id,))))
        changed.append(replace(value, type=type))
    return graph.edit(changed)


def _chain(graph: Graph, value: Value, reader: Value, users: dict[int, list[int]]) -> tuple[list[Value], str]:
    """The stages from `value` back to the blocks, or what stands in the way."""
    roots = set(graph.roots())
    found: list[Value] = []
    scope = value.scope
    while True:
        stage = value.component
        if not isinstance(stage, Stage) or value.scope != scope or scope is None:
            return [], "the tokens come from another tower"
        if users[value.id] != [reader.id] or value.id in roots:
            return [], f"something else reads the tokens of `{value.name}`"
        found.append(value)
        if "read" in stage.variants:
            return found, ""
        if not stage.tokenwise:
            return [], f"`{value.name}` mixes tokens after the blocks"
        reader, value = value, graph.values[value.operand("x")]
