"""What a Graph costs: multiply-adds of matrix products and attention, for one sample, forward."""

from __future__ import annotations

from vfmc.components import Stage
from vfmc.graph.ir import Graph, Value
from vfmc.types import item


def macs(graph: Graph, value: Value) -> int:
    """Of one value, times the views of the lists around it."""
    if value.make != "apply" or not isinstance(value.component, Stage) or not value.has("x"):
        return 0
    operand = graph.values[value.operand("x")]
    count = value.component.macs(item(operand.type), item(value.type), value.variant)
    for scope in graph.chain(value.scope):
        count *= graph.scopes[scope].views or 1
    return count


def saved(before: Graph, after: Graph, users: dict[int, list[int]]) -> int:
    """How much less `after` costs, by the values that differ and those that read them; values that are new cost nothing.

    `users` are those of `before`, or of a graph whose values are read by the same ones.
    """
    changed = [id for id, value in before.values.items() if after.values.get(id) is not value]
    touched = {*changed, *(user for id in changed for user in users.get(id, ()))}
    return sum(_of(before, id) - _of(after, id) for id in touched)


def _of(graph: Graph, id: int) -> int:
    return macs(graph, graph.values[id]) if id in graph.values else 0


def forward(graph: Graph) -> int:
    """Of the whole graph."""
    return sum(macs(graph, value) for value in graph.values.values())
