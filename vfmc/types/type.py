"""What every type of value says of itself: its symbolic shape and its tags; the error type, and lists of one type.

Shapes leave the batch out; `dims` names them as generated code does (B batch, C channels, H rows, W columns, N tokens,
D width, L length of a text or signal, T frames, V views, K visible tokens or classes, M hidden tokens).
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from vfmc.source.record import record
from vfmc.types.dims import Dim


@record(frozen=True)
class Type:
    """The base of all types. `word` is what messages call it, `dims` the letters of its shape."""

    word = "a value"
    dims = "B"
    dtype = "float32"
    medium = ""  # of what comes from data: which loader makes it, and what evaluation calls it
    variable = "x"  # what it is called in generated code
    measured: ClassVar[tuple[str, ...]] = ()  # the fields that say what its numbers mean

    def shape(self) -> tuple[Dim, ...]:
        """The shape without the batch."""
        return ()

    def units(self) -> tuple[str, ...]:
        """What its numbers mean, in words: the same in all that one tower reads."""
        return tuple(self.tag(name, getattr(self, name)) for name in self.measured)

    def describe(self) -> str:
        """One line for `vfmc inspect --types`: the word, the shape, then the tags that are set."""
        shape = ", ".join(["B", *(str(dim) for dim in self.shape())])
        tags = [text for f in fields(self) if (text := self.tag(f.name, getattr(self, f.name)))]
        return f"{self.word} [{shape}]" + (" " + ", ".join(tags) if tags else "")

    def tag(self, name: str, value: Any) -> str:
        """How a field shows in `describe`; an empty string if the shape already says it."""
        return ""


@record(frozen=True)
class Bad(Type):
    """The error type: it was reported where it arose, and what follows from it stays silent."""

    word = "an error"


@record(frozen=True)
class Views(Type):
    """A list that one declaration made: `views` items of one type, stacked [V, B, ...]. Lists zip only with the same `origin`."""

    item: Type = Bad()
    views: int = 0
    origin: str = ""

    word = "a list of views"

    @property
    def dims(self) -> str:  # type: ignore[override]
        return "V" + self.item.dims

    def shape(self) -> tuple[Dim, ...]:
        return self.item.shape()

    def describe(self) -> str:
        return f"{self.views} x {self.item.describe()}"


def item(value: Type) -> Type:
    """What a list holds; the value itself where it is no list."""
    return value.item if isinstance(value, Views) else value
