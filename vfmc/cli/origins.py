"""Where each value of a resolved spec came from: a line of a file, a constant, an option `-s`, or a default."""

from __future__ import annotations

from collections.abc import Iterator

from vfmc import api
from vfmc.graph.program import Program
from vfmc.source import NOWHERE
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence

LONGEST = 60  # of an address with its value, before the origin


def origins(program: Program) -> str:
    """A line a value: its address, the value, its origin."""
    rows = list(_rows(program.resolved, "", ""))
    width = min(LONGEST, max((len(left) for left, _ in rows), default=0))
    return "\n".join(f"{left:<{width}}  {right}" for left, right in rows) + "\n"


def _rows(node: Node, address: str, component: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Scalar):
        yield f"{address} = {_text(node)}", _origin(node, component)
    elif isinstance(node, Sequence):
        if all(isinstance(part, Scalar) for part in node):
            values = ", ".join(_text(part) for part in node if isinstance(part, Scalar))
            first = next((part for part in node if isinstance(part, Scalar)), None)
            yield f"{address} = [{values}]", _origin(first, component) if first else f"default of {component}"
        else:
            for index, part in enumerate(node):
                yield from _rows(part, f"{address}.{index}", component)
    else:
        yield from _mapping(node, address, component)


def _mapping(node: Mapping, address: str, component: str) -> Iterator[tuple[str, str]]:
    use = node.get("use")
    owner = str(use.value) if isinstance(use, Scalar) else component
    for entry in node:
        inner = f"{address}.{entry.name}" if address else entry.name
        yield from _rows(entry.value, inner, owner or address or entry.name)


def _text(node: Scalar) -> str:
    if node.value is None or isinstance(node.value, bool):
        return {None: "null", True: "true", False: "false"}[node.value]
    return node.text or str(node.value)


def _origin(node: Scalar, component: str) -> str:
    span = node.span
    if span.source is NOWHERE.source:
        return f"default of {component}"
    if span.source.name in (api.SET, api.OVERRIDES):
        return f"the option -s {span.source.text.replace(': ', '=', 1)}"
    written = span.text
    constant = f", constant {written}" if written.startswith("$") else ""
    return f"{span.source.name}:{span.begin[0]}{constant}"
