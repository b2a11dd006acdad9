"""The verifier: what must hold of every Graph, after the check and after every pass."""

from __future__ import annotations

from vfmc.graph.ir import Graph
from vfmc.types import Bad


class Broken(Exception):
    """A pass left a Graph that is not one. This is our fault, never the spec's."""


def verify(graph: Graph, before: Graph | None = None) -> None:
    """Raises `Broken` where an invariant fails; `before` is the graph that a pass was given."""
    seen: set[int] = set()
    for id, value in graph.values.items():
        where = f"%{id} {value.module or value.name}"
        if value.id != id:
            raise Broken(f"{where} stands under the id {id}")
        for operand in value.reads():
            if operand not in graph.values:
                raise Broken(f"{where} reads %{operand}, which is gone")
            if operand not in seen:
                raise Broken(f"{where} reads %{operand}, which comes later")
        if value.module and value.module not in graph.modules:
            raise Broken(f"{where} applies a module that does not exist")
        if value.scope is not None and value.scope not in graph.scopes:
            raise Broken(f"{where} lies in scope {value.scope}, which does not exist")
        variants = getattr(value.component, "variants", ("all",))
        if value.variant not in variants:
            raise Broken(f"{where} has variant {value.variant}, and {variants} are declared")
        if isinstance(value.type, Bad):
            raise Broken(f"{where} carries the error type")
        seen.add(id)
    for scope in graph.scopes.values():
        if scope.parent is not None and scope.parent not in graph.scopes:
            raise Broken(f"scope {scope.id} ({scope.tower}) has lost its parent")
    for term in graph.terms:
        if term.value not in graph.values:
            raise Broken(f"loss {term.name} has lost its value")
    if before is not None:
        if graph.modules != before.modules:
            raise Broken("a pass touched the modules: weights are named by the spec alone")
        if [term.name for term in graph.terms] != [term.name for term in before.terms]:
            raise Broken("a pass changed which losses there are")
