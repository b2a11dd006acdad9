"""The text of a Graph: stable, one line a module and a value, for people, tests and `vfmc inspect --graph`."""

from __future__ import annotations

from typing import Any

from vfmc.components import Component
from vfmc.graph.ir import Graph, Scope, Value


def dump(graph: Graph) -> str:
    """The whole graph as text; ids are renumbered in order, so that passes which change nothing print nothing new."""
    number = {id: index for index, id in enumerate(graph.values)}
    lines = [f"graph {graph.name}", "modules:"]
    for module in graph.modules.values():
        role = f" follows {module.follow.source}" if module.follow else " frozen" if module.frozen else ""
        lines.append(f"  {module.name}: {call(module.component)} {module.size} parameters{role}")
    lines.append("values:")
    depth: list[int] = []
    for value in graph.values.values():
        chain = list(reversed(graph.chain(value.scope)))
        common = 0
        while common < min(len(chain), len(depth)) and chain[common] == depth[common]:
            common += 1
        for place in range(common, len(chain)):
            lines.append("  " * (place + 1) + header(graph.scopes[chain[place]]))
        depth = chain
        lines.append("  " * (len(chain) + 1) + line(value, number))
    for term in graph.terms:
        weight = call(term.weight) if isinstance(term.weight, Component) else f"{term.weight:g}"
        lines.append(f"loss {term.name} = {weight} * %{number[term.value]}")
    for name, id in graph.outputs.items():
        lines.append(f"output {name} = %{number[id]}")
    return "\n".join(lines) + "\n"


def header(scope: Scope) -> str:
    """The line that opens a scope."""
    words = [scope.prefix.rstrip(".")]
    if scope.views:
        words.append(f"over {scope.views} views {'in one call' if scope.batched else 'one by one'}")
    if scope.stopped:
        words.append("without gradient")
    if scope.detached:
        words.append("outside the autograd graph")
    return " ".join(words) + ":"


def line(value: Value, number: dict[int, int]) -> str:
    """One value: its number, what makes it, from what, and its type."""
    operands = [
        f"{name}: "
        + (f"%{number[ids[0]]}" if len(ids) == 1 else "[" + ", ".join(f"%{number[i]}" for i in ids) + "]")
        for name, ids in value.operands
    ]
    what = (
        f"{value.make} {value.name}"
        if value.make in ("input", "view", "mask", "loss")
        else value.module or value.name
    )
    variant = "" if value.variant == "all" else f" [{value.variant}]"
    return f"%{number[value.id]} = {what}{variant}({', '.join(operands)}) : {value.type.describe()}"


def call(component: Component) -> str:
    """A component as the DSL would write it, without what is left at its default."""
    defaults = {name: info.default for name, info in component.arguments().items()}
    given = {name: value for name, value in component.plain().items() if value != defaults[name]}
    text = ", ".join(f"{name}: {_literal(value)}" for name, value in given.items())
    return f"{component.component_name}({text})" if text else component.component_name


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, float):
        return f"{value:g}"
    return (
        {None: "none", True: "true", False: "false"}.get(value, str(value))
        if not isinstance(value, int | str) or isinstance(value, bool)
        else str(value)
    )
