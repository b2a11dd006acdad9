"""Frozen towers out of the autograd graph: no activation is kept for a backward pass that has nothing to do.

Exact: nothing behind a frozen tower learns, so its gradients are never used. Refused where gradient must flow through it to something that learns.
"""

from __future__ import annotations

from dataclasses import replace

from vfmc.graph import Graph, Scope
from vfmc.passes.manager import Entry

NAME = "detach_frozen"
NUMERICS = "exact"


def run(graph: Graph) -> tuple[Graph, list[Entry]]:
    entries: list[Entry] = []
    learning = _learning(graph)
    changed: list[Scope] = []
    for scope in graph.scopes.values():
        if scope.stopped or scope.parent is not None:
            continue
        inside = graph.within(scope.id)
        modules = [graph.modules[value.module] for value in inside if value.module]
        if not modules or not all(module.frozen for module in modules):
            continue
        own = {value.id for value in inside}
        source = next(
            (id for value in inside for id in value.reads() if id not in own and id in learning), None
        )
        if source is not None:
            name = graph.values[source].path or graph.values[source].name
            entries.append(
                Entry(NAME, graph.name, scope.path, False, f"gradient flows through it to `{name}`")
            )
            continue
        changed.append(replace(scope, detached=True))
        entries.append(
            Entry(NAME, graph.name, scope.path, True, "every weight in it is frozen, and so is what it reads")
        )
    return graph.edit(scopes=changed), entries


def _learning(graph: Graph) -> set[int]:
    """Values that depend on a weight which learns, along a path that lets gradient through."""
    found: set[int] = set()
    for value in graph.values.values():
        if any(graph.scopes[scope].stopped for scope in graph.chain(value.scope)):
            continue
        module = graph.modules.get(value.module)
        if (module is not None and not module.frozen and module.learns) or any(
            id in found for id in value.reads()
        ):
            found.add(value.id)
    return found
