"""The program as a picture: a mermaid flowchart from inputs through views, masks and towers to losses."""

from __future__ import annotations

from vfmc.graph import Graph, Value
from vfmc.graph.program import Program

SHAPES = {
    "input": ("([", "])"),
    "view": ("[/", "/]"),
    "mask": ("{{", "}}"),
    "tower": ("[", "]"),
    "value": ("(", ")"),
    "loss": ("((", "))"),
}
STYLES = {"copy": "stroke-dasharray: 5 5", "frozen": "fill:#eee,stroke:#999"}


def diagram(program: Program) -> str:
    """Of the first phase. Copies are dashed and hang on what they follow; frozen towers are grey."""
    graph = program.phases[0].graph.pruned()
    nodes: dict[str, str] = {}
    edges: dict[tuple[str, str], None] = {}
    for value in graph.values.values():
        own = _node(graph, value)
        if own not in nodes:
            nodes[own] = _label(graph, value)
        for id in value.reads():
            other = _node(graph, graph.values[id])
            if other != own:
                edges[(other, own)] = None
    lines = ["flowchart LR", *(f"  {_id(key)}{_shape(key, text)}" for key, text in nodes.items())]
    lines += [f"  {_id(a)} --> {_id(b)}" for a, b in edges]
    copies, frozen = _copies(graph), _frozen(graph)
    for copy, source in copies.items():
        if f"tower {source}" in nodes and f"tower {copy}" in nodes:
            lines.append(f"  {_id(f'tower {source}')} -.->|ema| {_id(f'tower {copy}')}")
    for style, towers in (("copy", list(copies)), ("frozen", frozen)):
        marked = [_id(f"tower {name}") for name in towers if f"tower {name}" in nodes]
        if marked:
            lines += [f"  classDef {style} {STYLES[style]}", f"  class {','.join(marked)} {style}"]
    return "\n".join(lines) + "\n"


def _node(graph: Graph, value: Value) -> str:
    """The kind and name of the box that a value lies in: its outermost tower, or itself."""
    if value.scope is not None:
        return f"tower {graph.scopes[graph.chain(value.scope)[-1]].prefix.rstrip('.')}"
    return f"{value.make if value.make in SHAPES else 'value'} {value.name}"


def _label(graph: Graph, value: Value) -> str:
    """The name, with the component or with the towers that lie inside."""
    name = _node(graph, value).partition(" ")[2]
    if value.scope is None:
        return f"{name}<br/>{value.component.component_name}"
    outer = graph.chain(value.scope)[-1]
    inner = [scope.tower for scope in graph.scopes.values() if scope.parent == outer]
    return f"{name}<br/>{' → '.join(inner)}" if inner else name


def _copies(graph: Graph) -> dict[str, str]:
    """Copies with the tower that they follow."""
    found: dict[str, str] = {}
    for module in graph.modules.values():
        if module.follow is not None:
            found.setdefault(module.follow.copy, module.follow.component.copies())  # type: ignore[attr-defined]
    return found


def _frozen(graph: Graph) -> list[str]:
    """Towers all of whose weights are frozen, and which are no copies."""
    owned: dict[str, list[bool]] = {}
    for value in graph.values.values():
        if value.module and value.scope is not None:
            module = graph.modules[value.module]
            owned.setdefault(_node(graph, value).partition(" ")[2], []).append(
                module.frozen and module.follow is None
            )
    return [name for name, all_frozen in owned.items() if all(all_frozen)]


def _id(key: str) -> str:
    return key.replace(" ", "_").replace(".", "_")


def _shape(key: str, text: str) -> str:
    left, right = SHAPES[key.partition(" ")[0]]
    return f'{left}"{text}"{right}'
