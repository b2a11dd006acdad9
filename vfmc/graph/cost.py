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


def forward(graph: Graph) -> int:
    """Of the whole graph."""
    return sum(macs(graph, value) for value in graph.values.values())
