"""What flows between components: kinds of values, symbolic dimensions, tags, and the error type."""

from vfmc.types.computed import Features, Grid, Loss, Mask, Number, Tokens, Vector, stopped
from vfmc.types.dims import Affine, Dim, affine, known, symbol
from vfmc.types.media import (
    Audio,
    Camera,
    Class,
    Depth,
    Image,
    Signal,
    SoftClass,
    Spectrogram,
    Text,
    Thermal,
    Video,
)
from vfmc.types.type import Bad, Type, Views, item

__all__ = [
    "Affine", "Audio", "Bad", "Camera", "Class", "Depth", "Dim", "Features", "Grid", "Image", "Loss", "Mask", "Number", "Signal",
    "SoftClass", "Spectrogram", "Text", "Thermal", "Tokens", "Type", "Vector", "Video", "Views", "affine", "item",
    "known", "stopped", "symbol",
]  # fmt: skip
