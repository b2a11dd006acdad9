"""Where the DSL can hold comments, and where those go that stand elsewhere in the Tree.

The DSL has no place for comments on a section's key, on the keys of a tower and on the words of a call that
are not arguments (`use`, `field`, a stage's `as`, a loss's `weight`). They go to the nearest place:

- on a section's key: before the section's first entry; at a section's end: before what follows it
- on a tower's `takes`, `from`, `pipe`: before the tower, or at the end of its first line
- on a tower's `with`, at the end of a tower: after its last stage
- on `use`, `field`, `as`, `weight`, at the end of a bare `a.b`: before the entry or stage that the call is, or at the end of its line
"""

from __future__ import annotations

from vfmc.source.record import replace
from vfmc.syntax.layout import with_comments
from vfmc.syntax.tree import Comments, Entry, Item, Mapping, Node, Scalar, Sequence, Tree
from vfmc.syntax.words import WORD_OF


def placed(tree: Tree) -> Tree:
    """An equal Tree whose comments stand where the DSL can write them."""
    entries: list[Entry] = []
    pending: list[str] = []  # the comments at the end of the section before
    for entry in tree.root:
        if entry.name in WORD_OF and isinstance(entry.value, Mapping) and entry.value.entries:
            inside = [_declared(child, entry.name) for child in entry.value]
            moved = [*pending, *_said(entry.comments)]
            inside[0] = replace(inside[0], comments=_preceded(inside[0].comments, moved))
            section = replace(entry.value, entries=tuple(inside), trailing=())
            entries.append(replace(entry, value=section, comments=Comments()))
            pending = list(entry.value.trailing)
        else:
            entry = _argument(entry, "")
            entries.append(replace(entry, comments=_preceded(entry.comments, pending)))
            pending = []
    root = replace(tree.root, entries=tuple(entries), trailing=(*pending, *tree.root.trailing))
    return replace(tree, root=root)


def _preceded(comments: Comments, before: list[str]) -> Comments:
    return replace(comments, before=(*before, *comments.before))


def _said(comments: Comments) -> list[str]:
    return [*comments.before, *([comments.after] if comments.after else [])]


def _declared(entry: Entry, section: str) -> Entry:
    if section == "towers" and isinstance(entry.value, Mapping) and "use" not in entry.value:
        return _tower(entry, entry.value)
    return _argument(entry, "weight" if section == "losses" else "")


def _tower(entry: Entry, tower: Mapping) -> Entry:
    comments = entry.comments
    late: list[str] = []
    parts: list[Entry] = []
    for part in tower:
        part = replace(part, value=_stages(part.value)) if part.name == "pipe" else _argument(part, "")
        if part.name == "with":
            late += _said(part.comments)
            if isinstance(part.value, Mapping):
                late += part.value.trailing
                part = replace(part, value=replace(part.value, trailing=()))
        else:
            comments = with_comments(comments, list(part.comments.before), part.comments.after)
        parts.append(replace(part, comments=Comments()))
    late += tower.trailing
    for index, part in enumerate(parts):
        if part.name == "pipe" and isinstance(part.value, Sequence):
            parts[index] = replace(part, value=replace(part.value, trailing=(*part.value.trailing, *late)))
            late = []
    value = replace(tower, entries=tuple(parts), trailing=())
    return replace(entry, value=value, comments=with_comments(comments, late))


def _stages(node: Node) -> Node:
    if not isinstance(node, Sequence):
        return _value(node, "")[0]
    return replace(node, items=tuple(_item(item, "as") for item in node.items))


def _argument(entry: Entry, outside: str) -> Entry:
    value, lifted = _value(entry.value, outside)
    return replace(
        entry, value=value, comments=with_comments(entry.comments, list(lifted.before), lifted.after)
    )


def _item(item: Item, outside: str) -> Item:
    value, lifted = _value(item.value, outside)
    return replace(
        item, value=value, comments=with_comments(item.comments, list(lifted.before), lifted.after)
    )


def _value(node: Node, outside: str) -> tuple[Node, Comments]:
    """The node, and the comments that its owner must take.

    `outside` is the key that this place writes outside of the call: a loss its `weight`, a stage its `as`.
    """
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_item(item, "") for item in node.items)), Comments()
    if not isinstance(node, Mapping):
        return node, Comments()
    lifted = Comments()
    entries = []
    for entry in node:
        entry = _argument(entry, "")
        if "use" in node and entry.name in ("use", "field", outside):
            lifted = with_comments(lifted, list(entry.comments.before), entry.comments.after)
            entry = replace(entry, comments=Comments())
        entries.append(entry)
    trailing = node.trailing
    use = node.get("use")
    if isinstance(use, Scalar) and "." in str(use.value) and all(e.name in ("use", outside) for e in node):
        lifted, trailing = with_comments(lifted, list(trailing)), ()  # `a.b` takes no brackets
    return replace(node, entries=tuple(entries), trailing=trailing), lifted
