"""The types of values: what flows between components, with its symbolic shape and its tags.

Shapes leave the batch out; `dims` names them as generated code does (B batch, C channels, H rows, W columns, N tokens,
D width, L length of a text or signal, T frames, V views, K visible tokens or classes, M hidden tokens).
"""

from __future__ import annotations

from dataclasses import fields, replace
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
class Image(Type):
    """Pixels [B, C, H, W]."""

    channels: int = 3
    height: Dim = 0
    width: Dim = 0
    crop: str = ""  # the view that the pixels come from: grids are compared by it

    word = "an image"
    dims = "BCHW"
    medium = "image"
    variable = "image"

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.height, self.width)


@record(frozen=True)
class Depth(Image):
    """A depth map or its disparity [B, 1, H, W]; `unit` is metres or disparity (baseline times focal length over depth, in pixels)."""

    channels: int = 1
    unit: str = "metres"

    word = "a depth map"
    medium = "depth"
    measured = ("unit",)
    variable = "depth"

    def tag(self, name: str, value: Any) -> str:
        return f"in {value}" if name == "unit" else ""


@record(frozen=True)
class Thermal(Image):
    """A thermal picture [B, 1, H, W]."""

    channels: int = 1

    word = "a thermal picture"
    medium = "thermal"
    variable = "thermal"


@record(frozen=True)
class Spectrogram(Image):
    """Log mel energies [B, 1, bins, frames]: rows are frequencies, columns are moments `hop` milliseconds apart, of sound at `rate` Hz."""

    channels: int = 1
    rate: int = 0
    hop: float = 10.0

    word = "a spectrogram"
    medium = "audio"
    variable = "mel"
    measured = ("rate", "hop")

    def tag(self, name: str, value: Any) -> str:
        return (
            {"rate": f"of {value} Hz", "hop": f"a frame every {value:g} ms"}.get(name, "")
            if name in ("rate", "hop")
            else ""
        )


@record(frozen=True)
class Video(Type):
    """A clip [B, C, T, H, W] of `frames` pictures."""

    channels: int = 3
    frames: Dim = 0
    height: Dim = 0
    width: Dim = 0
    crop: str = ""

    word = "a video"
    dims = "BCTHW"
    medium = "video"
    variable = "video"

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.frames, self.height, self.width)


@record(frozen=True)
class Audio(Type):
    """A waveform [B, C, L] of `rate` samples a second."""

    channels: int = 1
    length: Dim = 0
    rate: int = 0

    word = "a waveform"
    dims = "BCL"
    medium = "audio"
    variable = "wave"
    measured = ("rate",)

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.length)

    def tag(self, name: str, value: Any) -> str:
        return f"at {value} Hz" if name == "rate" else ""


@record(frozen=True)
class Signal(Type):
    """Readings of sensors [B, C, L], `rate` a second (IMU: three of acceleration, three of rotation)."""

    channels: int = 6
    length: Dim = 0
    rate: float = 0.0

    word = "a signal"
    dims = "BCL"
    medium = "signal"
    variable = "signal"
    measured = ("rate",)

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.length)

    def tag(self, name: str, value: Any) -> str:
        return f"at {value:g} Hz" if name == "rate" else ""


@record(frozen=True)
class Features(Type):
    """The feature map of a convolutional network [B, C, H, W]; `stride` pixels of the crop are one step of it."""

    channels: int = 0
    height: int = 0
    width: int = 0
    stride: int = 1
    space: str = ""
    stopped: bool = False

    word = "a feature map"
    dims = "BCHW"

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.height, self.width)

    def tag(self, name: str, value: Any) -> str:
        if name == "stride":
            return f"stride {value}"
        return "no gradient" if name == "stopped" and value is True else ""


@record(frozen=True)
class Text(Type):
    """Token ids [B, L] of a declared tokenizer."""

    length: int = 0
    vocabulary: int = 0
    end: int = 0
    pad: int = 0
    tokenizer: str = ""

    word = "a text"
    dims = "BL"
    dtype = "int64"
    medium = "text"
    variable = "ids"

    def shape(self) -> tuple[Dim, ...]:
        return (self.length,)

    def tag(self, name: str, value: Any) -> str:
        return f"{self.vocabulary} words of {self.tokenizer}" if name == "vocabulary" else ""


@record(frozen=True)
class Class(Type):
    """Class numbers [B]."""

    classes: int = 0

    word = "a label"
    dtype = "int64"
    medium = "label"

    def tag(self, name: str, value: Any) -> str:
        return f"of {value} classes"


@record(frozen=True)
class SoftClass(Type):
    """Shares of classes [B, K] that sum to 1: a label that was smoothed, or mixed with another sample's."""

    classes: int = 0

    word = "a soft label"
    dims = "BK"
    medium = "label"

    def shape(self) -> tuple[Dim, ...]:
        return (self.classes,)


@record(frozen=True)
class Grid:
    """Where patch tokens lie: rows x columns over one crop, each `patch` pixels wide, `stride` pixels apart where they may overlap."""

    rows: int
    columns: int
    crop: str
    patch: tuple[int, int]
    stride: tuple[int, int] | None = None

    @property
    def count(self) -> int:
        return self.rows * self.columns

    def __str__(self) -> str:
        return f"{self.rows}x{self.columns} over {self.crop}"


@record(frozen=True)
class Tokens(Type):
    """A sequence of tokens [B, N, D]: `prefix` tokens (class, registers) first, then patches on `grid` or words, then `suffix` class tokens."""

    count: int = 0
    width: int = 0
    prefix: int = 0
    suffix: int = 0
    grid: Grid | None = None
    hidden_by: str = ""  # the mask whose hidden tokens are absent
    only: str = ""  # the read-out whose tokens alone are present
    space: str = ""  # which module's coordinates these are
    unit: bool = False
    stopped: bool = False

    word = "tokens"
    dims = "BND"

    def shape(self) -> tuple[Dim, ...]:
        return (self.count, self.width)

    @property
    def body(self) -> int:
        """How many patches or words there are, without what stands before and after them."""
        return self.count - self.prefix - self.suffix

    def tag(self, name: str, value: Any) -> str:
        if name in ("prefix", "suffix") and value:
            return f"{value} {name}"
        if name == "grid" and value:
            return f"grid {value}"
        if name == "hidden_by" and value:
            return f"without what {value} hides"
        if name == "only" and value:
            return f"only {value}"
        return {"unit": "unit norm", "stopped": "no gradient"}.get(name, "") if value is True else ""


@record(frozen=True)
class Vector(Type):
    """One vector a sample [B, D]."""

    width: int = 0
    space: str = ""
    unit: bool = False
    stopped: bool = False

    word = "a vector"
    dims = "BD"

    def shape(self) -> tuple[Dim, ...]:
        return (self.width,)

    def tag(self, name: str, value: Any) -> str:
        return {"unit": "unit norm", "stopped": "no gradient"}.get(name, "") if value is True else ""


@record(frozen=True)
class Mask(Type):
    """Which tokens of a grid (or of a text) are hidden: indices of the `visible` [B, K] and the `hidden` [B, M] ones."""

    grid: Grid | None = None
    tokens: int = 0
    hidden: int = 0

    word = "a mask"
    dims = "BM"

    @property
    def visible(self) -> int:
        return self.tokens - self.hidden

    def describe(self) -> str:
        where = f" on {self.grid}" if self.grid else ""
        return f"a mask{where}: {self.hidden} of {self.tokens} tokens hidden"


@record(frozen=True)
class Number(Type):
    """A learned or fixed scalar []."""

    scales: bool = False

    word = "a number"
    dims = ""

    def describe(self) -> str:
        return "a number"


@record(frozen=True)
class Loss(Type):
    """A term of the objective: a scalar []."""

    word = "a loss"
    dims = ""

    def describe(self) -> str:
        return "a loss"


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


def stopped(value: Type) -> Type:
    """The same value with no gradient flowing through it."""
    if isinstance(value, Tokens | Vector | Features):
        return replace(value, stopped=True)
    if isinstance(value, Views):
        return replace(value, item=stopped(value.item))
    return value


def item(value: Type) -> Type:
    """What a list holds; the value itself where it is no list."""
    return value.item if isinstance(value, Views) else value
