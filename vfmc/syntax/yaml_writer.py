"""The canonical YAML spelling of a Tree.

Sections, entries of sections and stages of towers stand one below the other; a call is written in flow style
(`{use: linear, out: 512}`) where it fits into the line, is nested at most once and holds no comment, in
block style otherwise. Numbers and strings are written so that readers of YAML 1.1 and 1.2 agree on them.
Every place of a comment in the Tree has a place in YAML, so none is moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vfmc.syntax.layout import WIDTH, call_order, commented, quoted, section_order, tower_order, yaml_number
from vfmc.syntax.scalars import plain_value
from vfmc.syntax.tree import Comments, Entry, Mapping, Node, Scalar, Sequence, Tree
from vfmc.syntax.words import HEADER

_PLAIN = re.compile(r"[\w$./][\w$./%+=@()~^;?!*&|'<>: -]*\Z")
_YAML_1_1 = re.compile(  # what a reader of YAML 1.1 takes for something else than a string
    r"(?:y|n|yes|no|on|off|true|false|null|none|~)\Z|<<\Z|=\Z|\.\.\.|[0-9]{4}-[0-9]"
    r"|[-+]?[0-9][0-9_,.:]*(?:[eE][-+]?[0-9]+)?\Z|[-+]?0[box][0-9a-f_]+\Z"
    r"|[-+]?\.[0-9_]|[-+]?\.(?:inf|nan)\Z",
    re.IGNORECASE,
)
_DEEPEST_FLOW = 2  # a call whose arguments are calls, records or lists of plain values


def write_yaml(tree: Tree) -> str:
    """The text of a Tree in YAML, canonical: reading it gives an equal Tree, writing that gives the same text."""
    lines: list[str] = []
    previous = ""
    for entry in section_order(tree.root):
        if previous and not (previous in HEADER and entry.name in HEADER):
            lines.append("")
        lines += _entry(entry, 0, _section)
        previous = entry.name
    if tree.root.trailing:
        lines += [*([""] if lines else []), *tree.root.trailing]
    return "\n".join(lines) + "\n" if lines else ""


def _section(name: str, node: Node, indent: int, room: int) -> list[str] | str:
    if isinstance(node, Mapping) and node.entries:
        inside = _tower if name == "towers" else _value
        return _mapping(node.entries, node.trailing, indent, inside)
    return _value(name, node, indent, room)


def _tower(name: str, node: Node, indent: int, room: int) -> list[str] | str:
    if isinstance(node, Mapping) and node.entries and "use" not in node:
        return _mapping(tower_order(node), node.trailing, indent, _tower_part)
    return _value(name, node, indent, room)


def _tower_part(name: str, node: Node, indent: int, room: int) -> list[str] | str:
    if name == "pipe" and isinstance(node, Sequence) and node.items:
        return _sequence(node, indent)
    return _value(name, node, indent, room)


def _value(name: str, node: Node, indent: int, room: int) -> list[str] | str:
    """A node as the text that follows its key in `room` columns, or as lines of their own at `indent`."""
    if isinstance(node, Scalar):
        return _literal(node, indent) or _scalar(node)
    if not node.trailing and not len(node):
        return _flow(node)
    if not len(node):
        opening, closing = "{}" if isinstance(node, Mapping) else "[]"
        return "\n".join(
            [opening, *(" " * indent + comment for comment in node.trailing), " " * indent + closing]
        )
    if not commented(node) and _height(node) <= _DEEPEST_FLOW:
        flow = _flow(node)
        if len(flow) <= room:
            return flow
    if isinstance(node, Mapping):
        return _mapping(call_order(node), node.trailing, indent, _value)
    return _sequence(node, indent)


def _mapping(entries: Iterable[Entry], trailing: tuple[str, ...], indent: int, inside: object) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        lines += _entry(entry, indent, inside)
    return lines + [" " * indent + comment for comment in trailing]


def _entry(entry: Entry, indent: int, inside: object) -> list[str]:
    assert callable(inside)
    margin, key = " " * indent, _key(entry.name)
    value = inside(entry.name, entry.value, indent + 2, WIDTH - indent - len(key) - 2)
    return [
        *(margin + comment for comment in entry.comments.before),
        *_joined(f"{margin}{key}:", value, entry.comments),
    ]


def _joined(head: str, value: list[str] | str, comments: Comments) -> list[str]:
    """`key:` or `-` and its value; the comment ends the line where the reader takes it for its own."""
    after = f"  {comments.after}" if comments.after else ""
    if isinstance(value, list):
        return [head + after, *value]
    first, *rest = f"{head} {value}".split("\n")
    if rest and first[-1] in "[{":
        return [first, *rest[:-1], rest[-1] + after]
    return [first + after, *rest]


def _sequence(node: Sequence, indent: int) -> list[str]:
    lines: list[str] = []
    margin = " " * indent
    for item in node.items:
        lines += [margin + comment for comment in item.comments.before]
        value = _value("", item.value, indent + 2, WIDTH - indent - 2)
        apart = (
            item.comments.after
            or isinstance(item.value, Sequence)
            or (value and value[0].lstrip().startswith("#"))
        )
        if isinstance(value, list) and not apart:
            lines += [f"{margin}- {value[0].lstrip()}", *value[1:]]
        else:
            lines += _joined(f"{margin}-", value, item.comments)
    return lines + [margin + comment for comment in node.trailing]


def _flow(node: Node) -> str:
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, Sequence):
        return "[" + ", ".join(_flow(item) for item in node) + "]"
    return "{" + ", ".join(f"{_key(entry.name)}: {_flow(entry.value)}" for entry in call_order(node)) + "}"


def _height(node: Node) -> int:
    if isinstance(node, Scalar):
        return 0
    children = list(node) if isinstance(node, Sequence) else [entry.value for entry in node]
    return 1 + max((_height(child) for child in children), default=0)


def _key(name: str) -> str:
    return name if _is_plain(name) else quoted(name)


def _scalar(node: Scalar) -> str:
    value = node.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value) if node.quoted or not _is_plain(value) else value
    return yaml_number(node)


def _is_plain(text: str) -> bool:
    """Whether every YAML reader takes the bare text for this very string."""
    return (
        bool(_PLAIN.match(text))
        and text[-1] not in ": "
        and ": " not in text
        and ":?" not in text  # in flow style some readers end a scalar there
        and not _YAML_1_1.match(text)
        and plain_value(text) == text
    )


def _as_it_is(line: str) -> bool:
    """Whether a line needs no escape but that of quotes and backslashes."""
    return quoted(line.replace("\\", "").replace('"', ""))[1:-1] == line.replace("\\", "").replace('"', "")


def _literal(node: Scalar, indent: int) -> str:
    """A string of several lines as a block scalar, "" where its spaces would not survive."""
    text = node.value
    if not isinstance(text, str) or "\n" not in text.rstrip("\n"):
        return ""
    lines = text.removesuffix("\n").split("\n")
    if any(line != line.rstrip() or not _as_it_is(line) for line in lines):
        return ""
    if not lines[0] or lines[0][0] in " #" or not lines[-1]:
        return ""
    head = "|" if text.endswith("\n") else "|-"
    return "\n".join([head, *(" " * indent + line if line else "" for line in lines)])
