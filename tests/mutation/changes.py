"""What is left out, what is said twice, and values of the wrong kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mutation.mutant import Mutant
from mutation.places import declared, walk
from mutation.words import ENTRIES, FREE_NUMBERS, NEEDED, OPERANDS, REQUIRED
from vfmc.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, Tree

# What is left out and leaves another valid program.
UNSAID = "nothing else in the spec says the name that is left out here"
NO_SOURCE = "a spec whose source is left out is trained with `--data`"


def mappings(node: Node) -> Iterator[Mapping]:
    """Every mapping, outermost first."""
    if isinstance(node, Mapping):
        yield node
        for entry in node:
            yield from mappings(entry.value)
    elif isinstance(node, Sequence):
        for part in node:
            yield from mappings(part)


def calls(node: Node) -> Iterator[Mapping]:
    """Every call with arguments, outermost first."""
    return (each for each in mappings(node) if "use" in each)


def _cut(text: str, start: int, end: int) -> str:
    """The text without a part and the comma beside it, or without its line."""
    before, after = text[:start], text[end:]
    if match := re.match(r"\s*,\s*", after):
        return before + after[match.end() :]
    if match := re.search(r",\s*$", before):
        return before[: match.start()] + after
    return re.sub(r"\n[ ]*$", "", before) + after


def left_out(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    """A required argument of every call; a key that no spec can do without."""
    for call in calls(tree.root):
        name = call.get("use")
        assert isinstance(name, Scalar)
        for entry in call:
            if entry.name not in REQUIRED.get(str(name.value), ()):
                continue
            start, end = entry.key.span.start, entry.value.span.end
            if isinstance(entry.value, Mapping | Sequence) and "\n" in text[start:end]:
                end = start + len(text[start:end].rstrip())
            made, at = _cut(text, start, end), name.span.start
            what = f"{name.value}.{entry.name}@{start}"
            yield Mutant(spec, spelling, "left out", what, made, at, at + len(str(name.value)), entry.name)
    for name in NEEDED:
        entry = tree.root.entry(name)
        assert entry is not None
        start, end = _lines(text, entry)
        made = text[:start] + text[end:]
        first = next(other for other in tree.root if other is not entry)
        at = first.key.span.start - (end - start if first.key.span.start > start else 0)
        yield Mutant(spec, spelling, "left out", name, made, at, at + len(first.name), name)


def _lines(text: str, entry: Entry) -> tuple[int, int]:
    """The lines that an entry fills, with the end of the last."""
    start = text.rfind("\n", 0, entry.key.span.start) + 1
    end = text.find("\n", len(text[: entry.value.span.end].rstrip()))
    return start, len(text) if end < 0 else end + 1


def undefined(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    """A definition that others use is left out: one finding, at the first use."""
    uses = [place for place in walk(tree) if place.role == "use"]
    for section in ENTRIES:
        found = tree.root.get(section)
        for entry in found if isinstance(found, Mapping) else ():
            start, end = _lines(text, entry)
            made = text[:start] + text[end:]
            if spelling == "yaml" and len(found) == 1:  # type: ignore[arg-type]
                above = tree.root.entry(section)
                assert above is not None
                start = text.rfind("\n", 0, above.key.span.start) + 1
                made = text[:start] + text[end:]
            read = [u.span for u in uses if u.word == entry.name and not start <= u.span.start < end]
            reason = NO_SOURCE if section == "sources" else "" if read else UNSAID
            at = min((span.start + span.text.index(entry.name) for span in read), default=0)
            at -= end - start if at > start else 0
            word = entry.name
            if section == "losses" and len(found) == 1 and not read:  # type: ignore[arg-type]
                reason, word = "", tree.root.entries[0].name  # no loss is left: told at the spec's first key
                at = tree.root.entries[0].key.span.start
            yield Mutant(
                spec,
                spelling,
                "not defined",
                f"{section}.{entry.name}",
                made,
                at,
                at + len(word),
                valid=reason,
            )


def said_twice(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    """An argument twice, a setting twice, a whole definition or section twice."""
    inside = [each for each in mappings(tree.root) if each is not tree.root]
    for entry in (entry for each in inside for entry in each):
        start, end = entry.key.span.start, entry.value.span.end
        if entry.name in ("use", "as") or "\n" in text[start:end] or not text[start:].startswith(entry.name):
            continue
        opening = text.rfind("\n", 0, start) + 1
        indent = text[opening:start]
        block = spelling == "yaml" and not indent.strip(" -")
        if spelling == "vfm" and re.match(r"\w+ (\w+ )?$", indent):
            continue  # a declaration: below
        joint = "\n" + " " * len(indent) if block else ", "
        made = text[:end] + joint + text[start:end] + text[end:]
        at = end + len(joint)
        yield Mutant(spec, spelling, "said twice", f"{entry.name}@{start}", made, at, at + len(entry.name))
    sections = [each.value for each in tree.root if each.name in ENTRIES and isinstance(each.value, Mapping)]
    for entry in (*tree.root, *(each for section in sections for each in section)):
        if spelling == "vfm" and entry.key.span.text != entry.name:
            continue  # a section, which the other spelling does not write
        start, end = _lines(text, entry)
        copy = text[start:end] if text[start:end].endswith("\n") else "\n" + text[start:end]
        at = end + entry.key.span.start - start + (not text[start:end].endswith("\n"))
        made = text[:end] + copy + text[end:]
        yield Mutant(spec, spelling, "said twice", f"all of {entry.name}", made, at, at + len(entry.name))


def wrong_kind(spec: str, spelling: str, text: str, tree: Tree) -> Iterator[Mutant]:
    """A value of another kind in the place of each argument's."""
    first = {section: name for name, section in reversed(declared(tree).items())}
    for call in calls(tree.root):
        name = call.get("use")
        assert isinstance(name, Scalar)
        for entry in call:
            start, end = entry.value.span.start, entry.value.span.end
            if entry.name in ("use", "as", "hide", "on") or "\n" in text[start:end]:
                continue
            for new in _others(str(name.value), entry, first):
                made = text[:start] + new + text[end:]
                what = f"{entry.name}={new}@{start}"
                yield Mutant(spec, spelling, "wrong kind", what, made, start, start + len(new))


def _others(call: str, entry: Entry, first: dict[str, str]) -> list[str]:
    value = entry.value
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return ["12", "[1, 2]"]
    if isinstance(value, Scalar) and isinstance(value.value, int | float):
        if (call, entry.name) in FREE_NUMBERS:
            return ["true"]
        return ["soon", "true", *["[3, 4]"] * (entry.name != "stride")]  # which may be two numbers
    if isinstance(value, Sequence) and entry.name not in OPERANDS:
        return ["0.7", "soon"]
    if not isinstance(value, Scalar) or entry.name not in OPERANDS - {"image", "text", "loss"}:
        return []
    if call in ("knn", "ema"):
        return []
    wrong = ["12"] + [first[s] for s in ("losses", "sources") if s in first and first[s] != value.value]
    if entry.name in ("a", "b"):
        wrong += [first["views"]]
    if entry.name == "mask":
        wrong += [first["towers"], first["views"]]
    if entry.name == "of" and call in ("random", "patch_pixels"):
        wrong += [first["towers"]]
    return wrong
