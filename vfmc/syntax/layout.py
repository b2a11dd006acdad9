"""What both writers agree on: the width of a line, the order of keys, how strings and numbers are spelled."""

from __future__ import annotations

import re

from vfmc.source import Span
from vfmc.source.record import replace
from vfmc.syntax.characters import seen
from vfmc.syntax.scalars import FLOAT, INFINITY, NAN, number
from vfmc.syntax.tree import Comments, Entry, Mapping, Node, Scalar, Sequence
from vfmc.syntax.words import ORDER, TOWER

WIDTH = 100  # columns

_FIRST, _LAST = ("use", "of"), ("field", "as", "weight")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class CannotWrite(Exception):
    """A spelling has no words for this part of the Tree."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message, self.span = message, span


def call_order(node: Mapping) -> list[Entry]:
    """The entries of a call: its component and operand first, what is said about the call last."""
    if "use" not in node:
        return list(node.entries)
    rank = {name: index - len(_FIRST) for index, name in enumerate(_FIRST)}
    rank |= {name: index + 1 for index, name in enumerate(_LAST)}
    return sorted(node.entries, key=lambda entry: rank.get(entry.name, 0))


def tower_order(node: Mapping) -> list[Entry]:
    """The entries of a tower, in the order of the DSL's line."""
    return sorted(node.entries, key=lambda entry: _index(TOWER, entry.name))


def section_order(node: Mapping) -> list[Entry]:
    """The entries of the root, in the order of the language's reference."""
    return sorted(node.entries, key=lambda entry: _index(ORDER, entry.name))


def _index(order: tuple[str, ...], name: str) -> int:
    return order.index(name) if name in order else len(order)


def commented(node: Node) -> bool:
    """Whether a comment stands anywhere inside a node."""
    if isinstance(node, Scalar):
        return False
    if node.trailing:
        return True
    if isinstance(node, Sequence):
        return any(item.comments != Comments() or commented(item.value) for item in node.items)
    return any(entry.comments != Comments() or commented(entry.value) for entry in node)


def quoted(text: str) -> str:
    """A string in double quotes with escapes that YAML and the DSL share."""
    return '"' + "".join(_SHORT.get(each) or (each if seen(each) else _code(each)) for each in text) + '"'


def _code(character: str) -> str:
    return f"\\u{ord(character):04x}"


def number_text(node: Scalar) -> str:
    """A number as it was spelled, or Python's spelling of it where it was not read from a text."""
    value = node.value
    assert isinstance(value, int | float)
    try:
        if number(node.text) == value and type(number(node.text)) is type(value):
            return node.text
    except OverflowError:
        pass
    if value != value:
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    return re.sub(r"e([-+]?)0+(?=\d)", r"e\1", repr(value))


def yaml_number(node: Scalar) -> str:
    """The number so that YAML 1.1 readers see the same one: they want a point, and a sign in the exponent."""
    text = number_text(node)
    if isinstance(node.value, int):
        plain = text.lstrip("+-")
        return str(node.value) if plain.startswith("0o") or re.match(r"0[0-9_]", plain) else text
    if INFINITY.match(text) or NAN.match(text):
        return text.lower()
    sign, whole, part, power = _parts(text)
    exponent = "" if not power else f"e{power}" if power[0] in "+-" else f"e+{power}"
    return f"{sign}{whole or '0'}.{part or '0'}{exponent}"


def dsl_number(node: Scalar) -> str:
    """The number as people write it by hand: `1e-3` for `1.0e-3`."""
    text = number_text(node)
    if isinstance(node.value, int):
        return text
    if INFINITY.match(text) or NAN.match(text):
        return text.lower()
    sign, whole, part, power = _parts(text)
    if not power:
        return f"{sign}{whole or '0'}.{part or '0'}"
    fraction = f".{part}" if part.strip("0") else ""
    return f"{sign}{whole or '0'}{fraction}e{power.removeprefix('+')}"


def _parts(text: str) -> tuple[str, str, str, str]:
    match = FLOAT.match(text)
    assert match
    return match["sign"], match["whole"] or "", match["part"] or match["only"] or "", match["power"] or ""


def with_comments(comments: Comments, before: list[str] | None = None, after: str = "") -> Comments:
    """More comments on the same place; only one can end its line, so a second goes before it."""
    added = [*comments.before, *(before or [])]
    if after and comments.after:
        return Comments((*added, after), comments.after)
    return replace(comments, before=tuple(added), after=comments.after or after)
