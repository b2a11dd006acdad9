"""The Tree: what both spellings of a spec are read into, with a position on every key and value.

A node is a `Scalar`, a `Sequence` or a `Mapping`, shaped like the YAML spelling: a call `vit(size: "B/16")`
of the DSL is the mapping `{use: vit, size: B/16}`, and a call without arguments is its bare name. Two nodes
are equal when they mean the same; positions, quotes, number spelling and comments do not take part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TypeAlias

from vfmc.source import NOWHERE, Span
from vfmc.source.record import record

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"


@record(frozen=True)
class Comments:
    """Comments that belong to a key or an item, each with its `#`: before it, at its line's end."""

    before: tuple[str, ...] = ()
    after: str = ""


@record(frozen=True)
class Scalar:
    """A leaf. `text` is its spelling without quotes; `quoted` tells a string that was written with quotes."""

    value: bool | int | float | str | None
    text: str = field(default="", compare=False)
    quoted: bool = field(default=False, compare=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and self._same == other._same

    def __hash__(self) -> int:
        return hash(self._same)

    @property
    def _same(self) -> tuple[type, object]:
        """What two scalars have in common that mean the same; `.nan` means what `.nan` means."""
        value = self.value
        return type(value), value if value == value else "nan"


@record(frozen=True)
class Item:
    """One element of a sequence, with its comments."""

    value: Node
    comments: Comments = field(default=Comments(), compare=False, repr=False)


@record(frozen=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    trailing: tuple[str, ...] = field(default=(), compare=False, repr=False)  # comments after the last item

    def __iter__(self) -> Iterator[Node]:
        return (item.value for item in self.items)

    def __len__(self) -> int:
        return len(self.items)


@record(frozen=True)
class Entry:
    """One `key: value` of a mapping. `key` is a Scalar whose value is always a string."""

    key: Scalar
    value: Node
    comments: Comments = field(default=Comments(), compare=False, repr=False)

    @property
    def name(self) -> str:
        return str(self.key.value)


@record(frozen=True, eq=False)
class Mapping:
    """Keys are unique (the readers report the second of two); equality ignores their order."""

    entries: tuple[Entry, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    trailing: tuple[str, ...] = field(default=(), compare=False, repr=False)  # comments after the last entry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and {e.name: e.value for e in self.entries} == {
            e.name: e.value for e in other.entries
        }

    def __hash__(self) -> int:
        return hash(frozenset((e.name, e.value) for e in self.entries))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, name: str) -> bool:
        return self.entry(name) is not None

    def entry(self, name: str) -> Entry | None:
        for entry in self.entries:  # read more often than anything else: no generator, no property
            if entry.key.value == name:
                return entry
        return None

    def get(self, name: str) -> Node | None:
        entry = self.entry(name)
        return entry.value if entry else None


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> Plain:
    """The node as plain Python data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return {entry.name: plain(entry.value) for entry in node}


def scalar(value: bool | int | float | str | None, span: Span = NOWHERE) -> Scalar:
    """A Scalar made by the compiler rather than read from a text."""
    return Scalar(value, "" if value is None else str(value), False, span)


def mapping(entries: dict[str, Node], span: Span = NOWHERE) -> Mapping:
    """A Mapping made by the compiler; its keys stand where its values do."""
    return Mapping(tuple(Entry(scalar(name, value.span), value) for name, value in entries.items()), span)


def sequence(items: list[Node], span: Span = NOWHERE) -> Sequence:
    """A Sequence made by the compiler."""
    return Sequence(tuple(Item(item) for item in items), span)


@record(frozen=True)
class Tree:
    """A whole spec as read: `spelling` is "yaml" or "vfm"."""

    root: Mapping
    spelling: str = field(default="yaml", compare=False)
