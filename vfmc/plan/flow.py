"""Who feeds whom: inputs, views, masks, every pass through a tower, values and losses, as nodes and edges."""

from __future__ import annotations

from dataclasses import field

from vfmc.graph import Graph, Scope, Value
from vfmc.source.record import record
from vfmc.types import item


@record(frozen=True)
class Node:
    """One box. `kind` is input, view, mask, tower, value or loss; `role` of a tower is online, copy or frozen."""

    key: str
    kind: str
    title: str
    detail: str
    role: str = ""


@record()
class Flow:
    """The picture as data: nodes by key, edges, and which copy follows which tower."""

    name: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], str] = field(default_factory=dict)  # (from, to) -> the operand
    follows: list[tuple[str, str]] = field(default_factory=list)  # (a pass of the source, a pass of the copy)


def flow(graph: Graph) -> Flow:
    """The flow of one phase; what no loss needs is left out."""
    graph = graph.pruned()
    found = Flow(graph.name)
    for value in graph.values.values():
        key = key_of(graph, value)
        if key not in found.nodes:
            found.nodes[key] = _node(graph, value, key)
        for operand, ids in value.operands:
            for id in ids:
                other = key_of(graph, graph.values[id])
                if other != key:
                    found.edges.setdefault((other, key), operand)
    passes = [scope for scope in graph.scopes.values() if scope.parent is None]
    copied = {m.follow.copy: m.follow.component.copies() for m in graph.modules.values() if m.follow}  # type: ignore[attr-defined]
    for scope in passes:
        source = next(
            (s for s in passes if scope.copy and not s.copy and s.tower == copied.get(scope.copy)), None
        )
        if source is not None and _key(scope) in found.nodes and _key(source) in found.nodes:
            found.follows.append((_key(source), _key(scope)))
    return _merged(found)


def _merged(picture: Flow) -> Flow:
    """A pass that is said twice is drawn once: the same weights on the same operands, which are computed once as well."""
    made = Flow(picture.name)
    drawn: dict[tuple[object, ...], str] = {}
    key: dict[str, str] = {}
    for node in picture.nodes.values():  # operands come before what reads them
        reads = tuple(
            (key[a], operand) for (a, b), operand in picture.edges.items() if b == node.key and a in key
        )
        own: tuple[object, ...] = (node.title, node.detail, node.role, reads)
        key[node.key] = drawn.setdefault(own, node.key) if node.kind == "tower" else node.key
        if key[node.key] == node.key:
            made.nodes[node.key] = node
    for (a, b), operand in picture.edges.items():
        made.edges.setdefault((key[a], key[b]), operand)
    made.follows = list(dict.fromkeys((key[a], key[b]) for a, b in picture.follows))
    return made


def key_of(graph: Graph, value: Value) -> str:
    """The box that a value lies in: the outermost pass around it, or its own."""
    if value.scope is not None:
        return _key(graph.scopes[graph.chain(value.scope)[-1]])
    return (
        f"{value.make}_{value.name}"
        if value.make in ("input", "view", "mask", "loss")
        else f"value_{value.id}"
    )


def _key(scope: Scope) -> str:
    return f"pass_{scope.id}"


def _node(graph: Graph, value: Value, key: str) -> Node:
    if value.scope is None:
        kind = value.make if value.make in ("input", "view", "mask", "loss") else "value"
        weight = next((term.weight for term in graph.terms if term.value == value.id), None)
        times = (
            ""
            if weight is None or weight == 1.0
            else f"{weight:g} * "
            if isinstance(weight, int | float)
            else f"{weight.component_name} * "
        )
        return Node(key, kind, value.name, times + value.component.component_name)
    scope = graph.scopes[graph.chain(value.scope)[-1]]
    operand = graph.values[scope.operand]
    given = [_short(graph, operand), *(f"{take}: {graph.values[id].name}" for take, id in scope.takes)]
    views = f" x {scope.views}" if scope.views else ""
    return Node(
        key,
        "tower",
        f"{scope.prefix.rstrip('.')}({', '.join(given)}){views}",
        _gives(graph, scope),
        _role(graph, scope),
    )


def _short(graph: Graph, operand: Value) -> str:
    return (
        operand.name
        if operand.scope is None
        else graph.scopes[graph.chain(operand.scope)[-1]].prefix.rstrip(".")
    )


def _gives(graph: Graph, scope: Scope) -> str:
    """What comes out: its kind and its shape."""
    result = graph.values.get(scope.result)
    if result is None:
        return ""
    type = item(result.type)
    shape = ", ".join(["B", *(str(dim) for dim in type.shape())])
    return f"{type.word.removeprefix('an ').removeprefix('a ')} [{shape}]"


def _role(graph: Graph, scope: Scope) -> str:
    """How the weights of a pass move: online ones learn, a copy follows, frozen ones stay."""
    if scope.copy:
        return "copy"
    own = [
        graph.modules[value.module]
        for value in graph.values.values()
        if value.module and scope.id in graph.chain(value.scope) and graph.modules[value.module].size
    ]
    return "frozen" if own and all(module.frozen for module in own) else "online"


def mermaid(picture: Flow) -> str:
    """A mermaid flowchart."""
    shapes = {
        "input": ("([", "])"),
        "view": ("[/", "/]"),
        "mask": ("{{", "}}"),
        "tower": ("[", "]"),
        "value": ("(", ")"),
        "loss": ("((", "))"),
    }
    lines = ["flowchart LR"]
    for node in picture.nodes.values():
        left, right = shapes[node.kind]
        text = "<br/>".join(part.replace('"', "'") for part in (node.title, node.detail) if part)
        lines.append(f'  {node.key}{left}"{text}"{right}')
    lines += [f"  {a} --> {b}" for a, b in picture.edges]
    lines += [f"  {a} -.->|ema| {b}" for a, b in picture.follows]
    for role, style in (
        ("copy", "stroke-dasharray: 5 5,fill:#fdf6e3,stroke:#b58900"),
        ("frozen", "fill:#e8edf2,stroke:#7b8794"),
        ("online", "fill:#e6f4ea,stroke:#2d7d46"),
    ):
        keys = [node.key for node in picture.nodes.values() if node.role == role]
        if keys:
            lines += [f"  classDef {role} {style}", f"  class {','.join(keys)} {role}"]
    return "\n".join(lines) + "\n"
