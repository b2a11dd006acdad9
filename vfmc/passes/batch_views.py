"""Batch views: a tower that maps over a list of equal views runs once on all of them, instead of once for each.

Exact: every sample is computed alone. Refused where a stage mixes samples of the batch (BatchNorm), whose statistics would change;
not in a frozen tower, where they are constants.
"""

from __future__ import annotations

from dataclasses import replace

from vfmc.components import Stage
from vfmc.graph import Graph, Scope, Value
from vfmc.passes.manager import Entry

NAME = "batch_views"
NUMERICS = "exact"


def run(graph: Graph) -> tuple[Graph, list[Entry]]:
    entries: list[Entry] = []
    changed: list[Scope] = []
    for scope in graph.scopes.values():
        if scope.views < 2:
            continue
        inside = graph.within(scope.id)
        mixing = next((v for v in inside if mixes(graph, v)), None)
        if mixing is not None:
            reason = f"`{mixing.name}` mixes samples, so its statistics would change"
            entries.append(Entry(NAME, graph.name, scope.path, False, reason))
            continue
        changed.append(replace(scope, batched=True))
        entries.append(Entry(NAME, graph.name, scope.path, True, f"{scope.views} views run in one call"))
    return graph.edit(scopes=changed), entries


def mixes(graph: Graph, value: Value) -> bool:
    """Whether a stage's result depends on the whole batch. Frozen towers are in eval mode; copies are not."""
    module = graph.modules.get(value.module)
    constant = module is not None and module.frozen and module.follow is None
    return isinstance(value.component, Stage) and value.component.couples and not constant
