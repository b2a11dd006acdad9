"""Every token of a spec that can be misspelt, with the role in which it stands."""

from __future__ import annotations

from collections.abc import Iterator

from mutation.mutant import Place
from mutation.words import CALLS, CHOICES, DURATION, ENTRIES, OPERANDS
from vfmc.source import Span
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence, Tree


def declared(tree: Tree) -> dict[str, str]:
    """The section of every name that the spec declares."""
    return {
        entry.name: section
        for section in ENTRIES
        if isinstance(found := tree.root.get(section), Mapping)
        for entry in found
    }


def walk(tree: Tree) -> Iterator[Place]:
    names = declared(tree)
    for entry in tree.root:
        if entry.key.span.text == entry.name:
            yield Place("section", entry.key.span, entry.name)
        if entry.name in ENTRIES:
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield Place("definition", child.key.span, child.name, entry.name)
                yield from _tower(child.value, names) if entry.name == "towers" else _call(child.value, names)
        elif entry.name == "train":
            yield from _settings(entry.value, names)
        elif entry.name == "data":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield Place("argument", child.key.span, child.name)
                yield from _argument(child.name, child.value, names)
        elif entry.name == "eval":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield from _call(child.value, names)
        elif entry.name == "export":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield from _use(child.value, names)


def _tower(node: Node, names: dict[str, str]) -> Iterator[Place]:
    assert isinstance(node, Mapping)
    takes = node.get("takes")
    inner = dict(names)
    if isinstance(takes, Mapping):
        inner |= {entry.name: "takes" for entry in takes}
    for entry in node:
        if entry.key.span.text == entry.name:
            yield Place("argument", entry.key.span, entry.name)
        if entry.name == "takes":
            assert isinstance(entry.value, Mapping)
            for child in entry.value:
                yield Place("definition", child.key.span, child.name, "takes")
        elif entry.name == "from":
            yield from _use(entry.value, names)
        elif entry.name == "pipe":
            assert isinstance(entry.value, Sequence)
            for stage in entry.value:
                yield from _call(stage, inner, tower=True)


def _call(node: Node, names: dict[str, str], tower: bool = False) -> Iterator[Place]:
    """A call; where `tower`, it may be one of a tower."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield Place("use" if tower and node.value in names else "component", node.span, node.value)
        return
    assert isinstance(node, Mapping)
    for entry in node:
        if entry.name == "use":
            assert isinstance(entry.value, Scalar)
            word = str(entry.value.value)
            yield Place("use" if tower and word in names else "component", entry.value.span, word)
            if entry.key.span.text == "use":
                yield Place("argument", entry.key.span, "use")
        elif entry.name == "as":  # the name itself is free
            if entry.key.span.text == "as":
                yield Place("argument", entry.key.span, "as")
        elif entry.name == "gives" and isinstance(entry.value, Mapping):  # the fields of the files are free
            yield Place("argument", entry.key.span, entry.name)
            for child in entry.value:
                yield Place("use", child.key.span, child.name)
        else:
            if entry.key.span.text.strip("\"'") == entry.name:
                yield Place("argument", entry.key.span, entry.name)
            yield from _argument(entry.name, entry.value, names)


def _argument(name: str, node: Node, names: dict[str, str]) -> Iterator[Place]:
    if isinstance(node, Mapping):
        yield from _call(node, names, tower=name in OPERANDS)
    elif isinstance(node, Sequence):
        for part in node:
            if name in OPERANDS or (isinstance(part, Scalar) and DURATION.match(str(part.value))):
                yield from _argument(name, part, names)
    elif isinstance(node.value, str):
        duration = DURATION.match(node.value)
        if name in OPERANDS or (name == "data" and node.value in names):
            yield from _use(node, names)
        elif name in CALLS:
            yield Place("component", node.span, node.value)
        elif name in CHOICES:
            yield Place("choice", node.span, node.value)
        elif duration:
            yield Place("unit", node.span, duration[1])


def _use(node: Node, names: dict[str, str]) -> Iterator[Place]:
    assert isinstance(node, Scalar)
    head, _, field = str(node.value).partition(".")
    assert head in names, head
    yield Place("use", node.span, head)
    if field in names:
        start = node.span.end - len(field) - (node.span.text[-1] in "\"'")
        yield Place("use", Span(node.span.source, start, start + len(field)), field)


def _settings(node: Node, names: dict[str, str]) -> Iterator[Place]:
    """`train` and what lies in it: keys, nested calls, durations, roles, selectors, addresses."""
    assert isinstance(node, Mapping)
    for entry in node:
        yield Place("argument", entry.key.span, entry.name)
        value = entry.value
        if entry.name in ("optimizer", "schedule", "clip"):
            yield from _call(value, names)
        elif entry.name == "no_decay":
            for role in value if isinstance(value, Sequence) else ():
                assert isinstance(role, Scalar)
                yield Place("choice", role.span, str(role.value))
        elif entry.name in ("groups", "phases"):
            for part in value if isinstance(value, Sequence) else ():
                yield from _settings(part, names)
        elif entry.name == "frozen":
            yield from _settings(value, names)
        elif entry.name == "of":
            assert isinstance(value, Scalar)
            yield from _parts("selector", value, str(value.value))
        elif entry.name == "set":
            assert isinstance(value, Mapping)
            for change in value:
                yield from _parts("address", change.key, change.name)
                if isinstance(change.value, Mapping):
                    yield from _call(change.value, names)
        elif isinstance(value, Scalar) and isinstance(value.value, str):
            duration = DURATION.match(value.value)
            if duration and entry.name != "name":
                yield Place("unit", value.span, duration[1])


def _parts(role: str, node: Scalar, path: str) -> Iterator[Place]:
    start = node.span.start + node.span.text.index(path)
    for part in path.split("."):
        yield Place(role, Span(node.span.source, start, start + len(part)), part)
        start += len(part) + 1
