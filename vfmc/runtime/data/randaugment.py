"""RandAugment (arXiv 1909.13719) as DeiT trains with it: timm's "rand-m9-mstd0.5-inc1", by Pillow's own operations.

Each layer takes one of fifteen operations for every sample, with a chance of one half, at a strength of its own.
Strengths go from 0 to 10; the scales on which they act are those of timm's `auto_augment.py` with "inc1", so that
more is always stronger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from vfmc.runtime.data.errors import DataError

MOST = 10.0
"""The strength at which a scale ends."""

MOST_LAYERS = 8
PER_LAYER = 6  # numbers that a layer draws
DRAWS = MOST_LAYERS * PER_LAYER

_SHAPES = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)  # one of the two is drawn


class Settings:
    """How one operation acts on one picture: its strength 0 to 1, a sign, and what fills places without pixels."""

    def __init__(self, strength: float, sign: int, shape: Image.Resampling, fill: Sequence[float]) -> None:
        self.strength, self.sign, self.shape, self.fill = strength, sign, shape, tuple(fill)

    @property
    def factor(self) -> float:
        """Of Pillow's enhancements: 1 leaves a picture as it is."""
        return max(0.1, 1 + self.sign * 0.9 * self.strength)


def _affine(image: Image.Image, matrix: tuple[float, ...], how: Settings) -> Image.Image:
    return image.transform(image.size, Image.Transform.AFFINE, matrix, resample=how.shape, fillcolor=how.fill)


def _rotate(image: Image.Image, how: Settings) -> Image.Image:
    return image.rotate(how.sign * 30 * how.strength, resample=how.shape, fillcolor=how.fill)


def _posterize(image: Image.Image, how: Settings) -> Image.Image:
    return ImageOps.posterize(image, max(1, 4 - int(4 * how.strength)))  # no bit at all would be black


def _solarize(image: Image.Image, how: Settings) -> Image.Image:
    return ImageOps.solarize(image, 256 - int(256 * how.strength))


def _solarize_add(image: Image.Image, how: Settings) -> Image.Image:
    more = int(110 * how.strength)
    table = [min(255, value + more) if value < 128 else value for value in range(256)]
    return image.point(table * len(image.getbands()))


Operation = Callable[[Image.Image, Settings], Image.Image]

OPERATIONS: dict[str, Operation] = {
    "auto_contrast": lambda image, how: ImageOps.autocontrast(image),
    "equalize": lambda image, how: ImageOps.equalize(image),
    "invert": lambda image, how: ImageOps.invert(image),
    "rotate": _rotate,
    "posterize": _posterize,
    "solarize": _solarize,
    "solarize_add": _solarize_add,
    "colour": lambda image, how: ImageEnhance.Color(image).enhance(how.factor),
    "contrast": lambda image, how: ImageEnhance.Contrast(image).enhance(how.factor),
    "brightness": lambda image, how: ImageEnhance.Brightness(image).enhance(how.factor),
    "sharpness": lambda image, how: ImageEnhance.Sharpness(image).enhance(how.factor),
    "shear_x": lambda image, how: _affine(image, (1, how.sign * 0.3 * how.strength, 0, 0, 1, 0), how),
    "shear_y": lambda image, how: _affine(image, (1, 0, 0, how.sign * 0.3 * how.strength, 1, 0), how),
    "translate_x": lambda image, how: _affine(image, (1, 0, _far(image.width, how), 0, 1, 0), how),
    "translate_y": lambda image, how: _affine(image, (1, 0, 0, 0, 1, _far(image.height, how)), how),
}
"""By the names that the operations have here; the order decides which one a number draws."""


MOVING = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
"""Operations that move pixels; the others change their colours."""


def _far(length: int, how: Settings) -> float:
    return how.sign * 0.45 * how.strength * length


class Layer(NamedTuple):
    """What was drawn for one operation on one sample; `shape` in [0, 1) says how pixels are resampled."""

    name: str
    strength: float
    sign: int
    shape: float


def layers(u: np.ndarray, ops: int, magnitude: float, std: float, chance: float) -> list[Layer]:
    """The operations of one sample from its uniform draws, without those that sit out.

    Draws of a layer: which operation, whether, two for the strength, the sign, how pixels are resampled.
    """
    if not 1 <= ops <= MOST_LAYERS:
        raise DataError(f"randaugment has 1 to {MOST_LAYERS} operations, not {ops}")
    names, found = list(OPERATIONS), []
    for which, whether, first, second, sign, shape in u.reshape(-1, PER_LAYER)[:ops]:
        if whether < chance:
            normal = math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)
            strength = min(max(magnitude + std * normal, 0.0), MOST) / MOST
            found.append(Layer(names[int(which * len(names))], strength, 1 if sign < 0.5 else -1, shape))
    return found


def randaugment(
    x: Tensor,
    u: np.ndarray,
    *,
    ops: int = 2,
    magnitude: float = 9.0,
    std: float = 0.5,
    chance: float = 0.5,
    fill: Sequence[int] = (128, 128, 128),
) -> Tensor:
    """`ops` layers of one operation each; a strength is normal around `magnitude`, cut to 0 to 10."""
    made = [
        _augment(image, layers(own, ops, magnitude, std, chance), fill)
        for image, own in zip(x, u, strict=True)
    ]
    return torch.stack(made)


def _augment(x: Tensor, drawn: Sequence[Layer], fill: Sequence[int]) -> Tensor:
    if not drawn:
        return x
    image = _to_image(x)
    own = _filled(fill, len(image.getbands()))
    for layer in drawn:
        how = Settings(layer.strength, layer.sign, _SHAPES[int(layer.shape * 2)], own)
        image = OPERATIONS[layer.name](image, how)
    return _to_tensor(image)


def moves(
    x: Tensor,
    u: np.ndarray,
    *,
    ops: int = 2,
    magnitude: float = 9.0,
    std: float = 0.5,
    chance: float = 0.5,
    fill: Sequence[float] = (0.0,),
    interpolation: str = "bilinear",
) -> Tensor:
    """What `randaugment` with the same draws moves, on maps `[B, C, H, W]` of bytes or float32; colours stay as they are."""
    shape = Image.Resampling[interpolation.upper()]
    made = []
    for each, own in zip(x, u, strict=True):
        drawn = [layer for layer in layers(own, ops, magnitude, std, chance) if layer.name in MOVING]
        channels = [
            _moved(plane, drawn, shape, empty)
            for plane, empty in zip(each, _filled(fill, len(each)), strict=True)
        ]
        made.append(torch.stack(channels) if drawn else each)
    return torch.stack(made)


def _moved(plane: Tensor, drawn: Sequence[Layer], shape: Image.Resampling, fill: float) -> Tensor:
    """One channel `[H, W]`, after the moves."""
    image = Image.fromarray(plane.contiguous().numpy())
    for layer in drawn:
        image = OPERATIONS[layer.name](image, Settings(layer.strength, layer.sign, shape, (fill,)))
    return torch.from_numpy(np.array(image))


def _filled(fill: Sequence[float], channels: int) -> tuple[float, ...]:
    """A number for every channel; one alone is for all."""
    return tuple(fill)[:channels] if len(fill) > 1 else (*fill,) * channels


def _to_image(x: Tensor) -> Image.Image:
    array = x.permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)


def _to_tensor(image: Any) -> Tensor:
    array = np.array(image)
    return torch.from_numpy(array[..., None] if array.ndim == 2 else array).permute(2, 0, 1)
