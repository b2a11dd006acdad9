"""Names: where one is declared, everywhere it is said, and renaming it."""

from __future__ import annotations

from collections.abc import Iterator

from vfmc.check.addresses import ENTRIES
from vfmc.check.names import good_name
from vfmc.check.problems import Problems
from vfmc.editor.document import Document
from vfmc.editor.spot import Spot, spot_at, spots, word_in
from vfmc.source import NOWHERE, Span, TextEdit
from vfmc.syntax.tree import Entry, Mapping, Scalar

NAMING = ("expression", "name", "address", "free")  # what is wanted where a declared name may stand
CALLED = ("stage", "value")  # kinds of components in whose place a tower may stand


class Refused(Exception):
    """Why something cannot be renamed."""


def declarations(root: Mapping) -> dict[str, tuple[str, Entry]]:
    """Section and entry of every declared name, constants as `$name`."""
    found: dict[str, tuple[str, Entry]] = {}
    for section in ENTRIES:
        node = root.get(section)
        for entry in node if isinstance(node, Mapping) else ():
            found.setdefault(entry.name, (section, entry))
    let = root.get("let")
    for entry in let if isinstance(let, Mapping) else ():
        found[f"${entry.name}"] = ("let", entry)
    return found


def definition(document: Document, offset: int) -> Span | None:
    """Where the name under the cursor is declared: in this text, or in the one that it extends."""
    found = named(document, offset)
    if found is None:
        return None
    for root in (document.tree, document.root):
        entry = declarations(root).get(found) if root is not None else None
        if entry is not None and entry[1].key.span.source is not NOWHERE.source:
            return entry[1].key.span
    return None


def named(document: Document, offset: int) -> str | None:
    """The declared name that the cursor touches."""
    if document.tree is None:
        return None
    spot = spot_at(document.tree, document.source, offset, document.root)
    if spot is None:
        return None
    known = {**declarations(document.root or document.tree), **declarations(document.tree)}
    word, _ = word_in(spot, offset)
    if isinstance(spot.scalar.value, str) and spot.scalar.value.startswith("$"):
        return spot.scalar.value if spot.scalar.value in known else None
    if spot.is_key and spot.wanted.what == "names":
        return word if word in known else None
    return word if word in known and _names(spot) else None


def _names(spot: Spot) -> bool:
    """Whether declared names may stand here."""
    if spot.wanted.what in ("use", "component"):
        return spot.wanted.kind in CALLED
    return spot.wanted.what in NAMING


def uses(root: Mapping, name: str) -> Iterator[Span]:
    """Everywhere a name is said in a text, its declaration first."""
    declared = declarations(root).get(name)
    if declared is not None:
        yield declared[1].key.span
    for spot in spots(root):
        text = spot.scalar.value
        if not isinstance(text, str) or (spot.is_key and spot.wanted.what != "address"):
            continue
        if name.startswith("$"):
            if text == name and not spot.scalar.quoted:
                yield spot.scalar.span
        elif _names(spot) and spot.wanted.kind not in ("doc", "name", "extends"):
            yield from _parts(spot.scalar, name, root)


def _parts(scalar: Scalar, name: str, root: Mapping) -> Iterator[Span]:
    """The parts between dots that mean the name: the first, or the second after a section or a tower."""
    words = str(scalar.value).split(".")
    towers = root.get("towers")
    nested = words[0] in ENTRIES or (isinstance(towers, Mapping) and words[0] in towers)
    raw = scalar.span.text
    start = scalar.span.start + (1 if raw[:1] in "\"'" else 0)
    for place, word in enumerate(words[:2]):
        if word == name and (place == 0 or nested):
            yield Span(scalar.span.source, start, start + len(word))
        start += len(word) + 1


def rename(document: Document, offset: int, new: str) -> list[TextEdit]:
    """The edits that rename what the cursor touches. Raises `Refused` where that is no name, or would change what the spec means."""
    name = named(document, offset)
    if name is None or document.tree is None:
        raise Refused("there is no declared name here")
    constant = name.startswith("$")
    new = new.removeprefix("$") if constant else new
    section, entry = declarations(document.tree).get(name, ("", None))
    if entry is None:
        raise Refused(f"`{name}` is declared in another file")
    problems = Problems()
    if not good_name(problems, new, section, entry.key.span):
        found = problems.found[0]
        raise Refused(f"{found.message}: {found.help}")
    if (f"${new}" if constant else new) in declarations(document.root or document.tree):
        raise Refused(f"`{new}` is declared already")
    edits = [
        TextEdit(span, new if index == 0 or not constant else f"${new}")
        for index, span in enumerate(uses(document.tree, name))
    ]
    _check(document, edits)
    return edits


def _check(document: Document, edits: list[TextEdit]) -> None:
    """Raises where the renamed text has other findings than the text before."""
    from vfmc.editor.document import opened

    text = document.source.text
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    after = opened(document.source.name, text, document.folder)
    if sorted(each.code for each in after.findings) != sorted(each.code for each in document.findings):
        new = next(
            (each for each in after.findings if each.code not in {e.code for e in document.findings}), None
        )
        raise Refused(f"the spec would not mean the same{f': {new.message}' if new else ''}")
