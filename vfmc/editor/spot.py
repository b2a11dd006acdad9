"""The thing under the cursor: the path of keys down to it, and what the language expects there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vfmc.check.addresses import ENTRIES
from vfmc.components import Component, Name, Nested, Operand, Raw, registry
from vfmc.source import Span
from vfmc.source.record import record
from vfmc.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

KIND_OF = {
    "inputs": "input",
    "views": "view",
    "masks": "mask",
    "losses": "loss",
    "sources": "source",
    "eval": "protocol",
}
SETTINGS = ("train", "data", "parallel", "profile")


@record(frozen=True)
class Wanted:
    """What may stand at a place.

    `what` is root, names (of a section), tower, component, settings, expression, name (of a declared thing), address, plain or free.
    `kind` is the component kind, or the kind of thing named; `cls` the component whose argument it is, `argument` which.
    """

    what: str
    kind: str = ""
    cls: type[Component] | None = None
    argument: str = ""
    marker: Any = None
    annotation: Any = None


@record(frozen=True)
class Spot:
    """A scalar of the Tree: a key or a value, with where it stands and what is wanted there."""

    scalar: Scalar
    is_key: bool
    wanted: Wanted
    within: Mapping | None  # the mapping whose key it is, or that it is a value of
    entry: Entry | None
    path: tuple[str, ...]
    owner: type[Component] | None = None  # the class of `within`, where it is a call or settings


def spots(root: Mapping, base: Mapping | None = None) -> Iterator[Spot]:
    """Every key and every scalar value of a spec, with what is wanted there.

    `base` is the spec with what it extends, which knows the component of a call that is only changed here.
    """
    yield from _walk(root, Wanted("root"), (), None, None, base)


def spot_at(root: Mapping, source: object, offset: int, base: Mapping | None = None) -> Spot | None:
    """The key or value that a cursor touches: the value, where a call of the DSL has both in one word."""
    best: Spot | None = None
    for spot in spots(root, base):
        span = spot.scalar.span
        touched = span.source is source and span.start <= offset <= span.end
        if touched and (
            best is None or span.end - span.start <= best.scalar.span.end - best.scalar.span.start
        ):
            best = spot
    return best


def _walk(
    node: Node,
    wanted: Wanted,
    path: tuple[str, ...],
    within: Mapping | None,
    entry: Entry | None,
    base: Node | None,
) -> Iterator[Spot]:
    if isinstance(node, Scalar):
        yield Spot(node, False, wanted, within, entry, path)
    elif isinstance(node, Sequence):
        for index, part in enumerate(node):
            yield from _walk(part, wanted, (*path, str(index)), within, entry, None)
    else:
        cls = component(node, wanted, base)
        for each in node:
            yield Spot(each.key, True, wanted, node, each, path, cls)
            inner = base.get(each.name) if isinstance(base, Mapping) else None
            yield from _walk(
                each.value, inside(wanted, each.name, cls), (*path, each.name), node, each, inner
            )


def component(node: Mapping, wanted: Wanted, base: Node | None = None) -> type[Component] | None:
    """The class of the call or of the settings that a mapping is."""
    if wanted.what == "settings":
        return wanted.cls
    use = node.get("use") or (base.get("use") if isinstance(base, Mapping) else base)
    name = use.value if isinstance(use, Scalar) and isinstance(use.value, str) else ""
    if wanted.what == "component":
        return registry.find(wanted.kind, name)
    return registry.find("value", name) if wanted.what == "expression" else None


def inside(wanted: Wanted, key: str, cls: type[Component] | None) -> Wanted:
    """What is wanted as the value of a key."""
    if wanted.what == "root":
        if key in KIND_OF:
            return Wanted("names", KIND_OF[key])
        if key in ENTRIES:
            return Wanted("names", key)
        if key in SETTINGS:
            return Wanted("settings", cls=registry.section(key))
        return (
            Wanted("address")
            if key == "without"
            else Wanted("name", "tower")
            if key == "export"
            else Wanted("free", key)
        )
    if wanted.what == "names":
        if wanted.kind == "towers":
            return Wanted("tower")
        return Wanted("expression") if wanted.kind == "values" else Wanted("component", wanted.kind)
    if wanted.what == "tower":
        if key == "pipe":
            return Wanted("component", "stage")
        if key == "with":
            return Wanted("settings", cls=registry.section("options.Options"))
        return Wanted("names", "values") if key == "takes" else Wanted("expression")
    if key == "use":
        return Wanted("use", wanted.kind or "value")
    if cls is not None and key in cls.arguments():
        return argument(cls, key)
    if wanted.what in ("expression", "component") and cls is None:  # the operand of a tower
        return Wanted("expression")
    return Wanted("free")


def argument(cls: type[Component], key: str) -> Wanted:
    """What an argument takes."""
    marker, info = cls.markers().get(key), cls.arguments()[key]
    facts = {"cls": cls, "argument": key, "marker": marker, "annotation": info.annotation}
    if isinstance(marker, Operand):
        return Wanted("expression", **facts)
    if isinstance(marker, Name):
        return Wanted("name", marker.kind, **facts)
    if isinstance(marker, Nested):
        if marker.kind.startswith("section:"):
            return Wanted(
                "settings", **{**facts, "cls": registry.section(marker.kind.removeprefix("section:"))}
            )
        return Wanted("component", marker.kind, **facts)
    return Wanted("address" if isinstance(marker, Raw) else "plain", **facts)


def word_in(spot: Spot, offset: int) -> tuple[str, Span]:
    """The part between dots that the cursor touches: `trunk` of `teacher.trunk`."""
    span = spot.scalar.span
    text = span.text
    start = text.rfind(".", 0, max(0, offset - span.start)) + 1
    end = text.find(".", offset - span.start)
    end = len(text) if end < 0 else end
    return text[start:end], Span(span.source, span.start + start, span.start + end)
