"""What the losses of a graph can teach: the modules that gradient reaches."""

from __future__ import annotations

from collections.abc import Iterable

from vfmc.graph.ir import Graph, Module


def learners(graph: Graph, roots: Iterable[int] | None = None) -> dict[str, Module]:
    """The modules with weights that move by the gradient of some values (of all losses if not given), by name.

    Gradient flows back through everything but the applications of copies; frozen modules pass it on and keep their weights.
    """
    found: set[str] = set()
    stack = [term.value for term in graph.terms] if roots is None else list(roots)
    seen = set(stack)
    while stack:
        value = graph.values[stack.pop()]
        if any(graph.scopes[scope].stopped for scope in graph.chain(value.scope)):
            continue
        found.add(value.module)
        new = [id for id in value.reads() if id not in seen]
        seen.update(new)
        stack += new
    return {
        name: module
        for name, module in graph.modules.items()
        if name in found and module.learns and not module.frozen and module.follow is None
    }


def frozen_towers(graph: Graph) -> frozenset[str]:
    """The towers whose weights do not move, and which therefore run as in evaluation."""
    return frozenset(
        module.tower for module in graph.modules.values() if module.frozen and module.follow is None
    )
