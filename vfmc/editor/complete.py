"""What may stand at the cursor. The text around it is usually not whole: a mark is put there, and brackets are closed, until it reads."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from vfmc.check.addresses import ENTRIES, HEAD, SECTIONS
from vfmc.check.wanted import choices
from vfmc.components import Component, Operand, about, registry
from vfmc.editor.document import Document
from vfmc.editor.names import declarations
from vfmc.editor.spot import Spot, spots
from vfmc.source import Source
from vfmc.source.record import record
from vfmc.syntax.read import read
from vfmc.syntax.tree import Mapping
from vfmc.types import Mask, Number

MARK = "zzvfmczz"
WORD = re.compile(r"[\w.$]*")
SECTION_OF = {"tower": "towers", "loss": "losses", "input": "inputs", "source": "sources", "data": "sources"}


@record(frozen=True)
class Item:
    """One proposal: the word, what kind of thing it is, a line and a page about it, what is inserted."""

    label: str
    kind: str  # component, argument, name, choice, section
    detail: str = ""
    documentation: str = ""
    insert: str = ""


def complete(document: Document, offset: int) -> list[Item]:
    """What may stand at the cursor, the most likely first."""
    found = marked(document.source, offset, document.root)
    if found is None:
        return []
    spot, tree = found
    root = document.root if document.root is not None else tree
    return list({item.label: item for item in _items(spot, tree, root)}.values())


def marked(source: Source, offset: int, base: Mapping | None = None) -> tuple[Spot, Mapping] | None:
    """The mark in the Tree of the text with a mark at the cursor."""
    text = source.text
    start = offset
    while start > 0 and WORD.fullmatch(text[start - 1]):
        start -= 1
    rest = WORD.match(text, offset)
    end = rest.end() if rest else offset
    before, after = text[:start], text[end:]
    alone = not before[
        before.rfind("\n") + 1 :
    ].strip()  # on a line of its own a key is more likely than a value
    middles = [MARK, f"{MARK}: 0", f" {MARK}", f" {MARK}: 0"]
    second: tuple[Spot, Mapping] | None = None  # of a text that reads in spite of a mistake
    for middle in sorted(middles, key=lambda middle: (":" in middle) != alone):
        for tail in dict.fromkeys((after, _closed(before, after), _closed(before, ""))):
            tree, wrong = read(Source(source.name, before + middle + tail))
            spot = (
                next((s for s in spots(tree.root, base) if s.scalar.value == MARK), None)
                if tree is not None
                else None
            )
            if spot is None or tree is None:
                continue
            if not wrong:
                return spot, tree.root
            second = second or (spot, tree.root)
    return second


def _closed(before: str, after: str) -> str:
    """What follows, with the brackets closed that the line of the cursor opens."""
    line = before[before.rfind("\n") + 1 :]
    stack = []
    for character in line:
        if character in "([{":
            stack.append({"(": ")", "[": "]", "{": "}"}[character])
        elif character in ")]}" and stack:
            stack.pop()
    rest, _, below = after.partition("\n")
    return "".join(reversed(stack)) + ("\n" + below if not rest.strip() or stack else after)


def _items(spot: Spot, tree: Mapping, root: Mapping) -> Iterator[Item]:
    wanted = spot.wanted
    if spot.is_key:
        yield from _keys(spot, root)
        return
    if wanted.what in ("component", "use"):
        if wanted.kind == "stage":
            yield from _named(tree, root, "towers")
        kind = wanted.kind if wanted.kind in registry.FOLDERS else ""
        yield from (_component(kind, name) for name in (registry.names(kind) if kind else ()))
        if wanted.kind == "value":
            yield from _named(tree, root, "towers")
    elif wanted.what == "expression":
        types = wanted.marker.types if isinstance(wanted.marker, Operand) else ()
        if types and all(issubclass(each, Mask) for each in types):
            yield from _named(tree, root, "masks")
        else:
            yield from _named(tree, root, "values", "towers", "views", "inputs")
        if Number in types:
            yield from (_component("value", name) for name in registry.names("value"))
    elif wanted.what == "name":
        yield from _named(tree, root, SECTION_OF.get(wanted.kind, "towers"))
    elif wanted.annotation is not None:
        words = [str(word) for word in choices(wanted.annotation)] or (
            ["true", "false"] if wanted.annotation is bool else []
        )
        yield from (Item(word, "choice", wanted.argument) for word in words)
    yield from (Item(name, "name", "constant") for name in declarations(root) if name.startswith("$"))


def _keys(spot: Spot, root: Mapping) -> Iterator[Item]:
    """Keys that are not there yet."""
    wanted, within = spot.wanted, spot.within
    there = {entry.name for entry in within} if within is not None else set()
    if wanted.what == "root":
        words = dict.fromkeys((*HEAD, *ENTRIES, *SECTIONS))
        yield from (
            Item(word, "section", about.ROOT[word], insert=f"{word}: ") for word in words if word not in there
        )
        return
    if wanted.what == "tower":
        yield from (
            Item(key, "argument", said, insert=f"{key}: ")
            for key, said in about.TOWER.items()
            if key not in there
        )
        return
    cls = spot.owner
    if cls is None and wanted.what in ("component", "expression"):
        yield Item("use", "argument", about.CALL, insert="use: ")
        return
    if cls is None:
        return
    for name, info in cls.arguments().items():
        if name not in there:
            need = "needed" if info.is_required() else ""
            yield Item(name, "argument", need, info.description or "", f"{name}: ")
    for name in cls.outside:
        if name not in there:
            yield Item(name, "argument", "", about.BESIDE[name], f"{name}: ")


def _component(kind: str, name: str) -> Item:
    cls: type[Component] | None = registry.find(kind, name)
    doc = inspect.cleandoc(cls.__doc__ or "") if cls is not None else ""
    return Item(name, "component", kind, doc)


def _named(tree: Mapping, root: Mapping, *sections: str) -> Iterator[Item]:
    """Declared names of these sections, those of the text itself first."""
    for own in (tree, root):
        for section in sections:
            node = own.get(section)
            for entry in node if isinstance(node, Mapping) else ():
                if entry.name != MARK:
                    yield Item(entry.name, "name", section.removesuffix("s"))
