"""Characters as a terminal shows them."""

from __future__ import annotations

import unicodedata

TAB = 4  # columns


def cell(character: str) -> str:
    """What is shown for a character: nothing that moves the cursor or turns the direction of the text."""
    if character == "\t":
        return " " * TAB
    return (
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else character
    )


def width(shown: str) -> int:
    """The columns that a shown character takes."""
    if len(shown) != 1 or shown.isascii():
        return len(shown)
    if unicodedata.category(shown) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(shown) in "WF" else 1


def visible(text: str) -> str:
    """A text with nothing that moves the cursor or turns its direction."""
    return "".join(cell(character) for character in text)
