"""Which characters a spec may hold: those that can be seen, and that mean the same to every program.

Ranges are compared by hand, as `re` takes longer to prepare a class of this size than to read a whole spec.
"""

from __future__ import annotations

ALLOWED = (
    (" ", "~"), ("\t", "\n"), ("\r", "\r"), ("\xa0", "\u061b"), ("\u061d", "\u200d"), ("\u2010", "\u2027"), ("\u202f", "\u2065"),
    ("\u206a", "\ud7ff"), ("\ue000", "\ufefe"), ("\uff00", "\ufffd"), ("\U00010000", "\U0010ffff"),
)  # fmt: skip
_BIDI = (("\u061c", "\u061c"), ("\u200e", "\u200f"), ("\u202a", "\u202e"), ("\u2066", "\u2069"))


def first_forbidden(text: str) -> int:
    """Where the first character stands that no spec may hold, or a carriage return without a line feed; -1 if nowhere."""
    found = [text.index(character) for character in set(text) if not _within(character, ALLOWED)]
    at = text.find("\r")
    while at >= 0 and text.startswith("\n", at + 1):
        at = text.find("\r", at + 1)
    return min([*found, at] if at >= 0 else found, default=-1)


def seen(character: str) -> bool:
    """Whether it is one that a spec may hold and that neither ends a line nor moves what follows."""
    return " " <= character <= "~" or (character > "~" and _within(character, ALLOWED))


def turns_text(character: str) -> bool:
    """Whether it makes what follows read from right to left, or back."""
    return _within(character, _BIDI)


def half_of_a_pair(character: str) -> bool:
    """Whether it is one half of a surrogate pair, which is no character."""
    return "\ud800" <= character <= "\udfff"


def _within(character: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= character <= last for first, last in ranges)
