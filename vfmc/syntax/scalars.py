"""What a bare word means, the same in both spellings: numbers, quantities, names.

Numbers are those of the YAML 1.2 core schema (section 10.3.2) plus `_` between digits, as in `65_536`.
"""

from __future__ import annotations

import re

INT = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
FLOAT = re.compile(
    r"(?P<sign>[-+]?)(?:(?P<whole>[0-9]+(?:_[0-9]+)*)(?:\.(?P<part>[0-9]*))?|\.(?P<only>[0-9]+))"
    r"(?:[eE](?P<power>[-+]?[0-9]+))?\Z"
)
INFINITY = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z")
NAN = re.compile(r"\.(?:nan|NaN|NAN)\Z")
QUANTITY = re.compile(
    r"(-?[0-9][0-9_.]*(?:[eE][-+]?[0-9]+)?)[ \t]*(?:(epochs?|steps?|samples?|tokens?|hours?)|(%))\Z"
)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
CONSTANT = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*\Z")

LONGEST_NUMBER = 100  # characters; far beyond any real one, and cheap to convert

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def number(text: str) -> int | float | None:
    """The number that `text` spells, or None; raises OverflowError where none of ours can hold it."""
    if not text or text[0] not in "0123456789+-.":
        return None
    if INT.match(text):
        if len(text) > LONGEST_NUMBER:
            raise OverflowError
        digits = text.replace("_", "")
        return int(digits, 0) if digits[:2] in ("0x", "0o") else int(digits)
    if FLOAT.match(text):
        if len(text) > LONGEST_NUMBER:
            raise OverflowError
        value = float(text.replace("_", ""))
        if value in (float("inf"), float("-inf")):
            raise OverflowError
        return value
    if INFINITY.match(text):
        return float("-inf") if text[0] == "-" else float("inf")
    return float("nan") if NAN.match(text) else None


def quantity(text: str) -> str | None:
    """A number with its unit, normalised: `32 epochs`, `50%`; None where `text` is not one."""
    match = QUANTITY.match(text)
    if not match:
        return None
    amount, unit, percent = match.groups()
    return f"{amount}{percent}" if percent else f"{amount} {unit}"


def plain_value(text: str) -> bool | int | float | str | None:
    """The value of an unquoted YAML scalar: `on` and `yes` are strings, `1e-3` is a number."""
    if text in _WORDS:
        return _WORDS[text]
    value = number(text)
    return (quantity(text) or text) if value is None else value
