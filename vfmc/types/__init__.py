"""What flows between components: kinds of values, symbolic dimensions, tags, and the error type."""

from vfmc.types.dims import Affine, Dim, affine, known, symbol
from vfmc.types.kinds import (
    Bad,
    Class,
    Grid,
    Image,
    Loss,
    Mask,
    Number,
    Text,
    Tokens,
    Type,
    Vector,
    Views,
    item,
    stopped,
)

__all__ = [
    "Affine", "Bad", "Class", "Dim", "Grid", "Image", "Loss", "Mask", "Number", "Text", "Tokens", "Type",
    "Vector", "Views", "affine", "item", "known", "stopped", "symbol",
]  # fmt: skip
