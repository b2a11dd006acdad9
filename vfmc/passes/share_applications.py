"""Share common applications: a tower applied twice to the same values in the same mode is computed once.

Exact: the two results are the same function of the same values, and their gradients add up in the one result. Refused where the tower draws
noise, since the two applications draw their own, and where it counts batches (BatchNorm), since one application counts once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vfmc.components import Stage
from vfmc.graph import Graph, Scope, Value
from vfmc.graph.cost import forward
from vfmc.passes.batch_views import mixes
from vfmc.passes.manager import Entry

NAME = "share_applications"
NUMERICS = "exact"


def run(graph: Graph) -> tuple[Graph, list[Entry]]:
    entries: list[Entry] = []
    seen: dict[Any, list[Value]] = {}
    moves: dict[int, int] = {}
    for scope, values in _units(graph):
        form = _form(scope, values, moves)
        first = seen.setdefault(form, values)
        if first is values:
            continue
        if scope is None:
            moves[values[0].id] = first[0].id
            continue
        noisy = next(
            (
                v
                for v in values
                if isinstance(v.component, Stage) and v.component.random and not scope.stopped
            ),
            None,
        )
        if noisy is not None:
            entries.append(
                Entry(
                    NAME,
                    graph.name,
                    scope.path,
                    False,
                    f"`{noisy.name}` draws its own noise in each application",
                )
            )
            continue
        counting = next((v for v in values if mixes(graph, v)), None)
        if counting is not None:
            reason = f"`{counting.name}` counts the batch once in each application"
            entries.append(Entry(NAME, graph.name, scope.path, False, reason))
            continue
        moves.update({value.id: other.id for value, other in zip(values, first, strict=True)})
        entries.append(
            Entry(
                NAME,
                graph.name,
                scope.path,
                True,
                f"`{scope.prefix.rstrip('.')}` was applied to the same values before",
            )
        )
    if not moves:
        return graph, entries
    shared = graph.redirect(moves)
    saved = (forward(graph) - forward(shared)) // max(sum(entry.taken for entry in entries), 1)
    return shared, [replace(entry, saved=saved) if entry.taken else entry for entry in entries]


def _units(graph: Graph) -> list[tuple[Scope | None, list[Value]]]:
    """Every application of a tower, and every field of one's result (`words.cls`), after those that it is made of."""
    place = {id: index for index, id in enumerate(graph.values)}
    units: list[tuple[Scope | None, list[Value]]] = [
        (scope, graph.within(scope.id)) for scope in graph.scopes.values() if scope.parent is None
    ]
    units += [
        (None, [value])
        for value in graph.values.values()
        if value.scope is None and value.make == "apply" and isinstance(value.component, Stage)
    ]
    return sorted(units, key=lambda unit: max((place[value.id] for value in unit[1]), default=-1))


def _form(scope: Scope | None, values: list[Value], moves: dict[int, int]) -> Any:
    """What the scope computes, without the ids of its own values."""
    place = {value.id: index for index, value in enumerate(values)}

    def operand(id: int) -> Any:
        return ("own", place[id]) if id in place else ("outer", moves.get(id, id))

    body = tuple(
        (
            value.module,
            value.component.component_name,
            str(value.component.plain()),
            value.variant,
            tuple((name, tuple(operand(id) for id in ids)) for name, ids in value.operands),
        )
        for value in values
    )
    return body if scope is None else (scope.tower, scope.prefix, scope.views, scope.stopped, body)
