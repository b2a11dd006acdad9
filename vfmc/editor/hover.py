"""What is told of the thing under the cursor, and the types after the arrows."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

from vfmc.components import Component, about, registry
from vfmc.editor.document import Document
from vfmc.editor.names import declarations, named
from vfmc.editor.spot import SETTINGS, Spot, spot_at
from vfmc.graph import Value
from vfmc.source import Span
from vfmc.types import item


def hover(document: Document, offset: int) -> tuple[str, Span] | None:
    """Markdown, and the text that it is about."""
    if document.tree is None:
        return None
    spot = spot_at(document.tree, document.source, offset, document.root)
    if spot is None:
        return None
    parts = [
        part for part in (_types(document, spot), _declared(document, spot, offset), _about(spot)) if part
    ]
    return ("\n\n".join(parts), spot.scalar.span) if parts else None


def _about(spot: Spot) -> str:
    """The documentation of the word: a component, an argument, a section."""
    word = str(spot.scalar.value)
    wanted = spot.wanted
    if spot.is_key:
        return _key(spot, word)
    kind = (
        wanted.kind if wanted.what in ("component", "use") else "value" if wanted.what == "expression" else ""
    )
    found = registry.find(kind, word) if kind in registry.FOLDERS else None
    return _page(found, word) if found is not None else ""


def _key(spot: Spot, word: str) -> str:
    """What a key is for: a section, an argument, a word beside the arguments."""
    wanted, cls = spot.wanted, spot.owner
    if wanted.what == "root" and word in SETTINGS:
        return _page(registry.section(word), word)
    if wanted.what in ("root", "tower"):
        said = (about.ROOT if wanted.what == "root" else about.TOWER).get(word, "")
    elif word == "use":
        said = about.BESIDE["use"] if wanted.what == "component" and wanted.kind != "stage" else about.CALL
    elif cls is not None and word in cls.arguments():
        return _argument(word, cls.arguments()[word])
    else:
        said = about.BESIDE.get(word, "") if cls is not None and word in cls.outside else ""
    return f"`{word}`: {said}" if said else ""


def _argument(word: str, info: Any) -> str:
    """What an argument is for, and what it is if it is not written."""
    plain = isinstance(info.default, bool | int | float | str)
    default = f"; {json.dumps(info.default)} if not given" if plain and not info.is_required() else ""
    return f"`{word}`: {info.description}{default}" if info.description else ""


def _page(cls: type[Component], name: str) -> str:
    doc = inspect.cleandoc(cls.__doc__ or "")
    rows = [f"- {_argument(key, info)}" for key, info in cls.arguments().items() if info.description]
    example = f"\n\n```yaml\n{cls.example}\n```" if cls.example else ""
    return f"**{name}**: {doc}{example}" + ("\n\n" + "\n".join(rows) if rows else "")


def _declared(document: Document, spot: Spot, offset: int) -> str:
    """What a name stands for, with its type."""
    name = named(document, offset)
    if name is None:
        return ""
    root = document.root or document.tree
    section, _ = declarations(root).get(name, ("", None)) if root is not None else ("", None)
    word = {"let": "constant", "losses": "loss"}.get(section, section.removesuffix("s"))
    return f"{word} `{name}`" + _type_of(document, name, section)


def _type_of(document: Document, name: str, section: str) -> str:
    if document.program is None:
        return ""
    graph = document.program.phases[0].graph
    if section == "towers":
        scope = next((scope for scope in graph.scopes.values() if scope.prefix == f"{name}."), None)
        if scope is None or scope.result not in graph.values:
            return ""
        takes, gives = item(graph.values[scope.operand].type), item(graph.values[scope.result].type)
        return f": {takes.describe()} -> {gives.describe()}"
    value = next((v for v in graph.values.values() if v.name == name and v.scope is None), None)
    return f": {value.type.describe()}" if value is not None else ""


def _types(document: Document, spot: Spot) -> str:
    """The type after the stage whose name or arguments are touched."""
    found = [value for span, value in arrows(document) if _covers(span, spot.scalar.span)]
    if not found:
        return ""
    smallest = min(found, key=lambda value: value.span.end - value.span.start)
    same = list(dict.fromkeys(item(value.type).describe() for value in found if value.span == smallest.span))
    return "```\n" + "\n".join(f"-> {text}" for text in same) + "\n```"


def _covers(span: Span, other: Span) -> bool:
    return span.source is other.source and span.start <= other.start and other.end <= span.end


def arrows(document: Document) -> Iterator[tuple[Span, Value]]:
    """Every stage that is written in this text with the value that it gives: of a composite, the last."""
    if document.program is None or not document.fresh:
        return
    graph = document.program.phases[0].graph
    last: dict[tuple[int, int, int], Value] = {}
    for value in graph.values.values():
        if value.scope is not None and value.span.source is document.source:
            last[value.span.start, value.span.end, value.scope] = value
    for value in last.values():
        yield value.span, value


def inlays(document: Document) -> list[tuple[int, str]]:
    """The types to show after stages: an offset and a text, one a stage."""
    found: dict[int, list[str]] = {}
    for span, value in arrows(document):
        texts = found.setdefault(span.end, [])
        text = short(value)
        if text not in texts:
            texts.append(text)
    return [(end, " | ".join(texts)) for end, texts in sorted(found.items())]


def short(value: Value) -> str:
    """A type in a few letters: tokens [B, 197, 768]."""
    type = item(value.type)
    shape = ", ".join(["B", *(str(dim) for dim in type.shape())])
    return f"{type.word.removeprefix('an ').removeprefix('a ')} [{shape}]"
