"""Floating-point operations of one sample: two for every multiply-add of a matrix product or of attention.

Training counts three forward passes where gradient flows (one forward, one for the gradient of the operands,
one for that of the weights), one where none does. Softmax, norms and losses are left out, as papers do.
"""

from __future__ import annotations

from typing import Any

from vfmc.graph import Graph
from vfmc.graph.cost import macs
from vfmc.graph.program import Program

BACKWARD = 2  # a backward pass costs two forward ones


def flops(program: Program) -> dict[str, Any]:
    """Of the first phase; of each phase apart where there are several."""
    found = [(phase.name, of_graph(phase.graph)) for phase in program.phases]
    return found[0][1] | ({"phases": dict(found)} if len(found) > 1 else {})


def of_graph(graph: Graph) -> dict[str, int]:
    """`forward` and `training` operations of a graph, for one sample with all its views."""
    live = graph.pruned()
    learning = gradient(live)
    forward = training = 0
    for value in live.values.values():
        cost = 2 * macs(live, value)
        forward += cost
        training += cost * (1 + BACKWARD * (value.id in learning))
    return {"forward": forward, "training": training}


def gradient(graph: Graph) -> set[int]:
    """The values that gradient flows into: behind a weight that trains, with no copy in between."""
    found: set[int] = set()
    for value in graph.values.values():
        if any(graph.scopes[id].stopped or graph.scopes[id].detached for id in graph.chain(value.scope)):
            continue
        module = graph.modules.get(value.module)
        trains = module is not None and module.learns and not module.frozen
        if trains or any(id in found for id in value.reads()):
            found.add(value.id)
    return found
