"""Random erasing (arXiv 1708.04896): a box of the normalised picture is replaced by noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.random import stream, uniform

MODES = ("pixel", "colour", "zero")
TRIES = 10  # boxes that are drawn before a picture stays whole
_DRAWS = 1 + 2 * TRIES + 2


def erase(
    x: Tensor,
    keys: np.ndarray,
    name: int,
    *,
    p: float = 0.5,
    area: Sequence[float] = (0.02, 1 / 3),
    aspect: Sequence[float] = (0.3, 1 / 0.3),
    mode: str = "pixel",
) -> Tensor:
    """A box in a share `p` of the pictures `[B, C, H, W]`, real and normalised. It is filled with normal noise, one
    number for every `pixel` or for every channel (`colour`), or with `zero`, which is the mean colour.

    `name` is the stream of the operation. Boxes are timm's (`random_erasing.py`).
    """
    if mode not in MODES:
        raise DataError(f"erase has no mode '{mode}': {', '.join(MODES)} are known")
    u = uniform(keys, name, _DRAWS)
    chosen, channels = np.flatnonzero(u[:, 0] < p), x.shape[1]
    places = boxes(x.shape[-2], x.shape[-1], u[chosen, 1:], area, aspect)
    if not len(chosen):
        return x
    x = x.clone()
    for place, (top, left, rows, columns) in zip(chosen, places.tolist(), strict=True):
        inside = x[int(place), :, top : top + rows, left : left + columns]
        if mode == "zero" or not rows:
            inside.zero_()
            continue
        shape = (channels, rows, columns) if mode == "pixel" else (channels, 1, 1)
        noise = normal(int(keys[place]), stream("erase", name), math.prod(shape)).reshape(shape)
        inside.copy_(torch.from_numpy(noise).to(x.dtype).expand(inside.shape))
    return x


def boxes(
    height: int, width: int, u: np.ndarray, area: Sequence[float], aspect: Sequence[float]
) -> np.ndarray:
    """Boxes int64 `[B, 4]` (top, left, rows, columns) from uniform draws `[B, 22]`: the first of ten tries of (area,
    aspect) that is smaller than the picture, at a uniform place; empty if none is.
    """
    size = height * width * (area[0] + u[:, :TRIES] * (area[1] - area[0]))
    low, high = math.log(aspect[0]), math.log(aspect[1])
    ratio = np.exp(low + u[:, TRIES : 2 * TRIES] * (high - low))
    rows = np.rint(np.sqrt(size * ratio)).astype(np.int64)
    columns = np.rint(np.sqrt(size / ratio)).astype(np.int64)
    fits = (rows < height) & (columns < width)
    each, first = np.arange(len(u)), fits.argmax(axis=1)
    found = fits.any(axis=1)
    rows, columns = np.where(found, rows[each, first], 0), np.where(found, columns[each, first], 0)
    tops = np.floor(u[:, 2 * TRIES] * (height - rows + 1)).astype(np.int64)
    lefts = np.floor(u[:, 2 * TRIES + 1] * (width - columns + 1)).astype(np.int64)
    return np.stack([tops, lefts, rows, columns], axis=1)


def normal(key: int, name: int, count: int) -> np.ndarray:
    """`count` normal numbers of a key (Box and Muller)."""
    u = uniform(key, name, 2 * ((count + 1) // 2)).reshape(2, -1)
    radius, angle = np.sqrt(-2 * np.log1p(-u[0])), 2 * np.pi * u[1]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
