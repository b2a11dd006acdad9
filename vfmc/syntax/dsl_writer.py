"""The canonical DSL spelling of a Tree.

A declaration stands on one line where that has 100 columns. Beyond, a tower has one stage a line, a call one
argument a line and a list one item a line; what holds a comment is broken in the same way. A blank line
parts declarations of different kinds. Comments that the DSL cannot place are moved as `dsl_comments` says.
The order is that of the text for a Tree that was read from the DSL, and that of the sections otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence as Parts
from math import isfinite
from typing import NamedTuple

from vfmc.syntax.dsl_comments import placed
from vfmc.syntax.layout import WIDTH, CannotWrite, call_order, commented, dsl_number, quoted, section_order
from vfmc.syntax.scalars import CONSTANT, DOTTED, NAME, quantity
from vfmc.syntax.tree import Comments, Entry, Mapping, Node, Scalar, Sequence, Tree
from vfmc.syntax.words import HEADER, ORDER, SETTINGS, TOWER, WORD_OF

_STEP = "  "


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def write_dsl(tree: Tree) -> str:
    """The text of a Tree in the DSL, canonical; raises CannotWrite for what only YAML can spell.

    Reading the text gives an equal Tree, and writing that gives the same text.
    """
    tree = placed(tree)
    writer = _Writer(tree)
    items: list[tuple[int, str, Entry]] = []
    for entry in section_order(tree.root):
        if entry.name not in ORDER:
            raise CannotWrite(f"the DSL has no word for the section `{entry.name}`", entry.key.span)
        if entry.name not in WORD_OF:
            items.append((entry.key.span.start, entry.name, entry))
            continue
        if not isinstance(entry.value, Mapping) or not entry.value.entries:
            raise CannotWrite(
                f"the DSL cannot say that `{entry.name}` is {_what(entry.value)}", entry.key.span
            )
        items += [(child.key.span.start, WORD_OF[entry.name], child) for child in entry.value]
    if tree.spelling == "vfm":
        items.sort(key=lambda item: item[0])
    lines: list[str] = []
    previous = ""
    for _, word, entry in items:
        kind = "" if word in HEADER else word
        if lines and kind != previous:
            lines.append("")
        lines += [*entry.comments.before, *writer.declaration(word, entry)]
        previous = kind
    if tree.root.trailing:
        lines += [*([""] if lines else []), *tree.root.trailing]
    return "\n".join(lines) + "\n" if lines else ""


class _Part(NamedTuple):
    """What stands between the brackets of something broken into lines."""

    head: str
    value: Node
    comments: Comments


class _Writer:
    def __init__(self, tree: Tree) -> None:
        towers = tree.root.get("towers")
        self.towers = {entry.name for entry in towers} if isinstance(towers, Mapping) else set()

    def declaration(self, word: str, entry: Entry) -> list[str]:
        value, comments = entry.value, entry.comments
        if word in SETTINGS:
            return _lines(self.settings(word, entry), comments)
        if word in HEADER:
            return _lines(self.header(word, entry), comments)
        if not NAME.match(entry.name):
            raise CannotWrite(
                f"a name in the DSL has letters, digits and `_`, unlike `{entry.name}`", entry.key.span
            )
        if word == "tower":
            return self.tower(entry)
        head = f"{word} {entry.name} = "
        outside = "weight" if word == "loss" else ""
        return _lines(head + self.value(value, "", len(head), outside), comments)

    def header(self, word: str, entry: Entry) -> str:
        value = entry.value
        if word in ("extends", "without"):
            return f"{word} " + self.value(value, "", len(word) + 1)
        if isinstance(value, Scalar):
            if word == "vfmc" and _is_finite(value.value):
                return f"vfmc {dsl_number(value)}"
            if word == "name" and isinstance(value.value, str):
                return f"name {value.value if NAME.match(value.value) else quoted(value.value)}"
            if word == "doc" and isinstance(value.value, str):
                return f"doc {quoted(value.value)}"
        raise CannotWrite(f"the DSL cannot say that `{word}` is {_what(value)}", entry.key.span)

    def settings(self, word: str, entry: Entry) -> str:
        value = entry.value
        if not isinstance(value, Mapping):
            raise CannotWrite(f"the DSL cannot say that `{word}` is {_what(value)}", entry.key.span)
        if not value.entries and not value.trailing:
            return f"{word} {{}}"
        if len(value) == 1 and not commented(value):
            only = value.entries[0]  # a key, never a call: not even if it is `use`
            flat = f"{word} {{ {_key(only.name)}: {self.flat(only.value)} }}"
            if len(flat) <= WIDTH:
                return flat
        parts = [_Part(f"{_key(each.name)}: ", each.value, each.comments) for each in value]
        return self.broken(f"{word} {{", parts, value.trailing, "}", "", separator="")

    def tower(self, entry: Entry) -> list[str]:
        tower = entry.value
        if (
            not isinstance(tower, Mapping)
            or not tower.entries
            or any(part.name not in TOWER for part in tower)
        ):
            raise CannotWrite(f"the DSL writes a tower by its {', '.join(TOWER)} alone", entry.key.span)
        takes, source, pipe, role = (tower.get(name) for name in TOWER)
        head = f"tower {entry.name}"
        if takes is not None:
            head += self.operands(takes, entry)
        if source is not None:
            head += " <- "
            head += self.value(source, "", len(head.rpartition("\n")[2]))
        if not (pipe is None or (isinstance(pipe, Sequence) and pipe.items)):
            raise CannotWrite("the DSL writes a tower's pipe as a list of stages", entry.key.span)
        if not (role is None or (isinstance(role, Mapping) and role.entries)):
            raise CannotWrite("the DSL writes a tower's role as a list of `key: value`", entry.key.span)
        if role is not None and not all(NAME.match(each.name) for each in role):
            raise CannotWrite("the keys of a tower's `with` are plain names in the DSL", entry.key.span)
        if not any(part is not None and commented(part) for part in (pipe, role)) and "\n" not in head:
            stages = " = " + " -> ".join(self.flat(stage, "as") for stage in pipe) if pipe is not None else ""
            options = f" with {self.pairs(role)}" if role is not None else ""
            if len(head + stages + options) <= WIDTH:
                return _lines(head + stages + options, entry.comments)
        text = (
            head
            + (" =" if pipe is not None else "")
            + (f"  {entry.comments.after}" if entry.comments.after else "")
        )
        lines = text.split("\n")
        for index, item in enumerate(pipe.items if pipe is not None else ()):
            arrow = "-> " if index else ""
            lines += [_STEP + comment for comment in item.comments.before]
            stage = _STEP + arrow + self.value(item.value, _STEP, len(_STEP + arrow), "as")
            lines += _lines(stage, item.comments)
        lines += [_STEP + comment for comment in (pipe.trailing if pipe is not None else ())]
        return lines + (self.role(role) if isinstance(role, Mapping) else [])

    def operands(self, takes: Node, entry: Entry) -> str:
        if not isinstance(takes, Mapping) or not all(NAME.match(each.name) for each in takes):
            raise CannotWrite("a tower takes operands that have plain names", entry.key.span)
        flat = f"({self.pairs(takes)})"
        if not commented(takes) and len(flat) + len(entry.name) < WIDTH - 20:
            return flat
        parts = [_Part(f"{each.name}: ", each.value, each.comments) for each in takes]
        return self.broken("(", parts, takes.trailing, ")", "")

    def role(self, role: Mapping) -> list[str]:
        flat = f"{_STEP}with {self.pairs(role)}"
        if not commented(role) and len(flat) <= WIDTH:
            return [flat]
        parts = [_Part(f"{each.name}: ", each.value, each.comments) for each in role]
        return self.broken(f"{_STEP}with", parts, (), "", _STEP).rstrip().split("\n")

    def value(self, node: Node, margin: str, used: int, outside: str = "") -> str:
        """A node that starts after `used` columns; lines after its first start with `margin`.

        `outside` is the key that this place writes outside of a call: a loss its `weight`, a stage its `as`.
        """
        flat = "" if commented(node) else self.flat(node, outside)
        if isinstance(node, Scalar) or (flat and used + len(flat) <= WIDTH):
            return flat
        if isinstance(node, Sequence):
            items = [_Part("", item.value, item.comments) for item in node.items]
            return self.broken("[", items, node.trailing, "]", margin) if items or node.trailing else "[]"
        if not _is_call(node, outside):
            pairs = [_Part(f"{_key(each.name)}: ", each.value, each.comments) for each in call_order(node)]
            return self.broken("{", pairs, node.trailing, "}", margin) if pairs or node.trailing else "{}"
        before, name, arguments, after = self.call(node, outside)
        if before:
            weight = node.get("weight")
            before = self.value(weight, margin, used) + " * " if weight is not None else ""
        if not arguments and not node.trailing:
            return before + name + after
        parts = [_Part(self.argument_head(node, each), each.value, each.comments) for each in arguments]
        return self.broken(f"{before}{name}(", parts, node.trailing, f"){after}", margin)

    def broken(
        self,
        opening: str,
        parts: Parts[_Part],
        trailing: tuple[str, ...],
        closing: str,
        margin: str,
        separator: str = ",",
    ) -> str:
        inner = margin + _STEP
        lines = [opening]
        for index, part in enumerate(parts):
            lines += [inner + comment for comment in part.comments.before]
            text = part.head + self.value(part.value, inner, len(inner + part.head) + len(separator))
            end = separator if index + 1 < len(parts) else ""
            lines += _lines(inner + text, part.comments, end)
        lines += [inner + comment for comment in trailing]
        return "\n".join([*lines, margin + closing])

    def flat(self, node: Node, outside: str = "") -> str:
        """A node on one line."""
        if isinstance(node, Scalar):
            return _scalar(node)
        if isinstance(node, Sequence):
            return "[" + ", ".join(self.flat(item) for item in node) + "]"
        if not _is_call(node, outside):
            return (
                "{"
                + ", ".join(f"{_key(entry.name)}: {self.flat(entry.value)}" for entry in call_order(node))
                + "}"
            )
        before, name, arguments, after = self.call(node, outside)
        inside = ", ".join(self.argument_head(node, entry) + self.flat(entry.value) for entry in arguments)
        return before + name + (f"({inside})" if arguments else "") + after

    def pairs(self, node: Mapping) -> str:
        return ", ".join(f"{entry.name}: {self.flat(entry.value)}" for entry in node)

    def call(self, node: Mapping, outside: str) -> tuple[str, str, list[Entry], str]:
        """A call in its parts: its weight, its name, its arguments, its field and label."""
        before = after = ""
        arguments: list[Entry] = []
        for entry in call_order(node):
            if entry.name == "use":
                continue
            if entry.name == "weight" and outside == "weight":
                before = f"{self.flat(entry.value)} * "
            elif entry.name == "as" and outside == "as" and _is_name(entry.value):
                after += f" as {_text(entry.value)}"
            elif entry.name == "field" and _is_dotted(entry.value):
                after = f".{_text(entry.value)}{after}"
            else:
                arguments.append(entry)
        return before, _text(node.get("use")), arguments, after

    def argument_head(self, call: Mapping, entry: Entry) -> str:
        """`of` goes without its name in a call of a tower, and where the DSL's author left it out."""
        if entry.name == "of" and (entry.key.text == "" or _text(call.get("use")) in self.towers):
            return ""
        return f"{entry.name}: "


def _lines(text: str, comments: Comments, separator: str = "") -> list[str]:
    """The lines of a text; the comment ends the first, where the reader takes it for this place's own."""
    first, *rest = text.split("\n")
    after = f"  {comments.after}" if comments.after else ""
    if not rest:
        return [first + separator + after]
    return [first + after, *rest[:-1], rest[-1] + separator]


def _is_call(node: Mapping, outside: str) -> bool:
    """Whether `name(argument: value)` can spell a mapping here."""
    use = node.get("use")
    if not _is_dotted(use):
        return False
    if any(not NAME.match(entry.name) or entry.name in _RESERVED for entry in node):
        return False
    if "." not in _text(use):
        return True
    return all(entry.name == "use" or (entry.name == outside and _outside(entry)) for entry in node)


def _outside(entry: Entry) -> bool:
    return entry.name == "weight" or _is_name(entry.value)


_RESERVED = ("true", "false", "none")


def _is_dotted(node: Node | None) -> bool:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return False
    return bool(DOTTED.match(node.value)) and node.value.partition(".")[0] not in _RESERVED


def _is_name(node: Node | None) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str) and bool(NAME.match(node.value))


def _text(node: Node | None) -> str:
    return str(node.value) if isinstance(node, Scalar) else ""


def _key(name: str) -> str:
    return name if DOTTED.match(name) else quoted(name)


def _scalar(node: Scalar) -> str:
    value = node.value
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return dsl_number(node)
    bare = _is_dotted(node) or CONSTANT.match(value) or quantity(value) == value
    return value if bare and not node.quoted else quoted(value)


def _what(node: Node) -> str:
    if isinstance(node, Scalar):
        return "empty" if node.value is None else f"`{node.value}`"
    return "a list" if isinstance(node, Sequence) else "a mapping" if node.entries else "empty"
