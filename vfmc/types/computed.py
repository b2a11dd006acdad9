"""What masks, towers and losses compute of them: feature maps, tokens on a grid, vectors, masks and scalars."""

from __future__ import annotations

from typing import Any

from vfmc.source.record import record, replace
from vfmc.types.dims import Dim
from vfmc.types.type import Type, Views


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
    """A learned or fixed scalar []: whether it may multiply cosines (positive), and whether it may be added to them (any sign)."""

    scales: bool = False
    shifts: bool = False

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


def stopped(value: Type) -> Type:
    """The same value with no gradient flowing through it."""
    if isinstance(value, Tokens | Vector | Features):
        return replace(value, stopped=True)
    if isinstance(value, Views):
        return replace(value, item=stopped(value.item))
    return value
