"""What the readers build first: places that comments can still be hung on. `finish` turns it into the Tree.

Both spellings allow several ways to say one thing; `finish` keeps one, so that equal specs give equal Trees:
`{use: x}` is the bare name `x`, and `{use: x, field: y}` is `x.y`.
"""

from __future__ import annotations

from dataclasses import field

from vfmc.source import Source, Span
from vfmc.source.record import record, replace
from vfmc.syntax.scalars import DOTTED
from vfmc.syntax.tree import Comments, Entry, Item, Mapping, Node, Scalar, Sequence
from vfmc.syntax.words import SECTIONS

DEEPEST = 64  # levels of nesting; the deepest real spec has 9
LARGEST = 20_000  # nodes; the largest real spec has about 600


@record(eq=False)
class Block:
    """A mapping or a sequence.

    `bracketed` is false for YAML's block style and the DSL's pipes: these end where their last place ends.
    """

    is_mapping: bool
    start: int
    end: int
    bracketed: bool
    column: int = 0  # of its first place; comments are hung by indentation where brackets do not tell
    places: list[Place] = field(default_factory=list)
    trailing: list[str] = field(default_factory=list)
    inline: bool = False  # a tower of the DSL: a comment at the end of its only line is the tower's
    closed: int = 0  # where the `)` of a call stands whose field or label follows


@record(eq=False)
class Place:
    """An entry (with a key) or an item (without): what a comment can belong to.

    `start` is where its key, its `-` or its `->` stands.
    """

    start: int
    key: Scalar | None
    value: Scalar | Block
    before: list[str] = field(default_factory=list)
    after: str = ""

    @property
    def end(self) -> int:
        return self.value.end if isinstance(self.value, Block) else self.value.span.end

    def take(self, comments: list[str]) -> None:
        self.before.extend(comments)

    def end_of_line(self, comment: str) -> None:
        """Two comments cannot end one line: the second goes before it."""
        if self.after:
            self.before.append(comment)
        else:
            self.after = comment


def finish(source: Source, place: Place | Block, role: str = "") -> tuple[Node, Comments]:
    """The node of a place in the one form that both spellings share, and the comments that stay there.

    `role` tells the mappings whose keys are names and not arguments: "root", its "section"s and its "towers", and the "operands" of a
    "tower" and what it is `with`.
    """
    value = place if isinstance(place, Block) else place.value
    before, after = ([], "") if isinstance(place, Block) else (list(place.before), place.after)
    if isinstance(value, Scalar):
        return value, Comments(tuple(before), after)
    span = Span(source, value.start, value.end)
    if not value.is_mapping:
        items = []
        for child in value.places:
            node, comments = finish(source, child)
            items.append(Item(node, comments))
        return Sequence(tuple(items), span, tuple(value.trailing)), Comments(tuple(before), after)
    entries = []
    for child in value.places:
        assert child.key is not None
        node, comments = finish(source, child, _role(role, str(child.key.value)))
        entries.append(Entry(child.key, node, comments))
    named = role in ("root", "section", "towers", "operands")
    kept, orphans = (entries, []) if named else _one_form(entries)
    if isinstance(kept, Scalar):
        orphans = [*orphans, *value.trailing]
        if not after and len(orphans) == 1 and not before:
            return kept, Comments((), orphans[0])
        return kept, Comments((*before, *orphans), after)
    return Mapping(tuple(kept), span, tuple(value.trailing)), Comments((*before, *orphans), after)


def _role(above: str, key: str) -> str:
    """What the mapping at a key is, below one that is `above`."""
    if above == "root":
        return "towers" if key == "towers" else "section" if key in SECTIONS else ""
    if above == "tower" and key in ("takes", "with"):
        return "operands"
    return "tower" if above == "towers" else ""


def _one_form(entries: list[Entry]) -> tuple[Scalar | list[Entry], list[str]]:
    """Fold `field` into a call that has no operand, and a call without arguments into its name."""
    by_name = {entry.name: entry for entry in entries}
    use, field_ = by_name.get("use"), by_name.get("field")
    orphans: list[str] = []
    if use is None or not (name := _dotted(use.value)):
        return entries, orphans
    if field_ and (path := _dotted(field_.value)) and not by_name.keys() - {"use", "field", "as", "weight"}:
        name = f"{name}.{path}"
        orphans += _said(field_)
        entries = [entry for entry in entries if entry is not field_]
        use = replace(use, value=Scalar(name, name, False, use.value.span.to(field_.value.span)))
        entries = [use if entry.name == "use" else entry for entry in entries]
    if len(entries) == 1:
        return Scalar(name, name, False, use.value.span), [*_said(use), *orphans]
    return entries, orphans


def _dotted(node: Node) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str) and DOTTED.match(node.value):
        return node.value
    return ""


def _said(entry: Entry) -> list[str]:
    comments = entry.comments
    return [*comments.before, *([comments.after] if comments.after else [])]
