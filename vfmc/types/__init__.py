"""What flows between components: kinds of values, symbolic dimensions, tags, and the error type."""

from vfmc.types.dims import Affine, Dim, affine, known, symbol
from vfmc.types.kinds import (
    Audio,
    Bad,
    Class,
    Depth,
    Features,
    Grid,
    Image,
    Loss,
    Mask,
    Number,
    Signal,
    SoftClass,
    Spectrogram,
    Text,
    Thermal,
    Tokens,
    Type,
    Vector,
    Video,
    Views,
    item,
    stopped,
)

__all__ = [
    "Affine", "Audio", "Bad", "Class", "Depth", "Dim", "Features", "Grid", "Image", "Loss", "Mask", "Number", "Signal",
    "SoftClass", "Spectrogram", "Text", "Thermal", "Tokens", "Type", "Vector", "Video", "Views", "affine", "item",
    "known", "stopped", "symbol",
]  # fmt: skip
