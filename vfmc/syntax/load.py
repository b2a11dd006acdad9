"""From a file to a `Source`, and what no spec may contain in either spelling."""

from __future__ import annotations

import os

from vfmc.source import Diagnostic, Source, Span
from vfmc.source.files import read_bytes
from vfmc.syntax.characters import first_forbidden, half_of_a_pair, turns_text
from vfmc.syntax.codes import error

LONGEST = 250_000  # characters; the longest real spec has about 12,000
MOST_LINES = 20_000  # the longest real spec has about 300


def load_source(path: str | os.PathLike[str]) -> Source | Diagnostic:
    """The text of a file (UTF-8, a byte-order mark is dropped), or why it cannot be had."""
    name = os.fspath(path)
    nothing = Source(name, "")
    try:
        data = read_bytes(
            path, 4 * LONGEST + 3
        )  # four bytes are the longest character, three a byte-order mark
    except (OSError, ValueError) as reason:
        words = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        return error("SYN001", f"cannot read {name}: {words.lower()}", Span(nothing, 0, 0))
    if len(data) > 4 * LONGEST + 3:
        return _too_long(nothing)
    return source_of(name, data)


def source_of(name: str, data: bytes) -> Source | Diagnostic:
    """A `Source` from bytes, for instance those of standard input."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as reason:
        good = data[: reason.start].decode("utf-8")
        source = Source(name, data[: reason.start + 200].decode("utf-8", errors="replace"))
        byte = data[reason.start]
        return error(
            "SYN002",
            f"the file is not UTF-8: byte 0x{byte:02X} is not part of a character",
            Span(source, len(good), len(good) + 1),
            help="save the file as UTF-8",
        )


def check_text(source: Source) -> list[Diagnostic]:
    """What is wrong with the characters of a text, whatever they spell; at most one finding."""
    if len(source.text) > LONGEST:
        return [_too_long(source)]
    if source.text.count("\n") > MOST_LINES:
        return [error("SYN004", f"the spec has more than {MOST_LINES:,} lines", Span(source, 0, 0))]
    at = first_forbidden(source.text)
    if at < 0:
        return []
    character, span = source.text[at], Span(source, at, at + 1)
    if character == "\r":
        return [
            error("SYN003", "a carriage return without a line feed", span, help="end lines with a line feed")
        ]
    if half_of_a_pair(character):
        return [error("SYN003", "half of a surrogate pair is not a character", span)]
    import unicodedata

    title = unicodedata.name(character, "control character" if ord(character) < 0xA0 else "not a character")
    reason = (
        ("it makes the text read otherwise than it is",)
        if turns_text(character)
        else ("it cannot be seen, or breaks the line in some programs only",)
    )
    return [
        error(
            "SYN003",
            f"the character U+{ord(character):04X} ({title.lower()}) may not stand in a spec",
            span,
            notes=reason,
            help="remove it, or write it as an escape in a quoted string",
        )
    ]


def _too_long(source: Source) -> Diagnostic:
    return error(
        "SYN004",
        f"the spec has more than {LONGEST:,} characters",
        Span(source, 0, 0),
        help="data does not belong in a spec: name a file instead",
    )
