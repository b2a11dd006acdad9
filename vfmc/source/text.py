"""`Source`, the text of one file, and `Span`, a stretch of it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from functools import cached_property

from vfmc.source.record import record


@record(frozen=True, eq=False)
class Source:
    """The text of one file. `name` is what people see: the path as they gave it, or `<override>`."""

    name: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        return [0] + [i + 1 for i, character in enumerate(self.text) if character == "\n"]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of a character offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line break."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")


@record(frozen=True)
class Span:
    """Characters `start` to `end` (exclusive) of a source."""

    source: Source = field(compare=False, repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def begin(self) -> tuple[int, int]:
        """Line and column of the first character, from 1."""
        return self.source.position(self.start)

    @property
    def finish(self) -> tuple[int, int]:
        """Line and column just after the last character, from 1."""
        return self.source.position(self.end)

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of the other."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))

    def __str__(self) -> str:
        line, column = self.begin
        return f"{self.source.name}:{line}:{column}"


NOWHERE = Span(Source("<built-in>", ""), 0, 0)
