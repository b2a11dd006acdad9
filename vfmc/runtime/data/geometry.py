"""Where the pixels go: resizing, cropping, flipping. Images are uint8 `[B, C, H, W]`, maps of depth float32; boxes
are int64 `[B, 4]` (top, left, height, width).

Definitions are torchvision's (its transforms' parameters and rounding), pixels are Pillow's to one level:
filters are widened when shrinking, and the result of each of the two passes is rounded to a byte. Maps are not
rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vfmc.runtime.data.errors import DataError

_SMALL = 64
"""Boxes of images up to this many pixels a side are resized all at once by matrices (exactly as Pillow);
larger ones one by one.
"""

_PRECISION = 22  # fractional bits of Pillow's filter weights (Resample.c: 32 - 8 - 2)
_TRIES = 10  # torchvision's RandomResizedCrop gives up after ten draws

_SUPPORTS = {"nearest": 0.5, "bilinear": 1.0, "bicubic": 2.0, "lanczos": 3.0}


def pair(size: int | Sequence[int]) -> tuple[int, int]:
    """Height and width; one number is both."""
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def resize(x: Tensor, u: np.ndarray, *, size: int | Sequence[int], interpolation: str = "bilinear") -> Tensor:
    """To `[h, w]`, or, for one number, to that shorter side with the aspect kept (the longer side is rounded
    down).
    """
    height, width = x.shape[-2:]
    if isinstance(size, int):
        short = min(height, width)
        size = (int(size * height / short), int(size * width / short))
    goal = pair(size)
    if goal == (height, width):
        return x
    return _interpolate(x, goal, interpolation)


def center_crop(x: Tensor, u: np.ndarray, *, size: int | Sequence[int]) -> Tensor:
    """The middle `size`; a smaller image is first padded with zeros."""
    (height, width), (rows, columns) = x.shape[-2:], pair(size)
    if height < rows or width < columns:
        down, right = max(rows - height, 0), max(columns - width, 0)
        x = F.pad(x, [right // 2, (right + 1) // 2, down // 2, (down + 1) // 2])
        height, width = x.shape[-2:]
    top, left = round((height - rows) / 2), round((width - columns) / 2)
    return x[..., top : top + rows, left : left + columns]


def side_crop(x: Tensor, u: np.ndarray, *, size: int | Sequence[int], place: Sequence[int]) -> Tensor:
    """The `place[0]`-th of `place[1]` windows of `size`, evenly placed along the longer side; one alone is the middle."""
    index, count = place
    if count == 1:
        return center_crop(x, u, size=size)
    (height, width), (rows, columns) = x.shape[-2:], pair(size)
    share = index / (count - 1)
    top, left = round(max(height - rows, 0) * share), round(max(width - columns, 0) * share)
    return center_crop(x[..., top : top + rows, left : left + columns], u, size=size)


def random_crop(x: Tensor, u: np.ndarray, *, size: int | Sequence[int], padding: int = 0) -> Tensor:
    """A uniform place of a window of `size` in the image padded by `padding` zeros on every side."""
    if padding:
        x = F.pad(x, [padding] * 4)
    (height, width), (rows, columns) = x.shape[-2:], pair(size)
    if height < rows or width < columns:
        raise DataError(
            f"random_crop(size: [{rows}, {columns}]) meets an image of {height} x {width}: resize first"
        )
    tops = np.floor(u[:, 0] * (height - rows + 1)).astype(np.int64)
    lefts = np.floor(u[:, 1] * (width - columns + 1)).astype(np.int64)
    pairs = zip(x, tops, lefts, strict=True)
    return torch.stack([image[:, top : top + rows, left : left + columns] for image, top, left in pairs])


def flip(x: Tensor, u: np.ndarray) -> Tensor:
    """Left and right change places."""
    return x.flip(-1)


def random_resized_crop(
    x: Tensor,
    u: np.ndarray,
    *,
    size: int | Sequence[int],
    scale: Sequence[float] = (0.08, 1.0),
    ratio: Sequence[float] = (3 / 4, 4 / 3),
    interpolation: str = "bilinear",
) -> Tensor:
    """A box of a uniform share of the area and a log-uniform aspect, resized to `size`."""
    boxes = crop_boxes(x.shape[-2], x.shape[-1], u, scale, ratio)
    return _resize_boxes(x, boxes, pair(size), interpolation)


def crop_boxes(
    height: int, width: int, u: np.ndarray, scale: Sequence[float], ratio: Sequence[float]
) -> np.ndarray:
    """The boxes of torchvision's RandomResizedCrop from uniform draws `[B, 22]`: up to ten tries of (area,
    aspect), then the place.

    If no try fits into the image, the largest central box within the range of aspects.
    """
    area = height * width * (scale[0] + u[:, :_TRIES] * (scale[1] - scale[0]))
    low, high = math.log(ratio[0]), math.log(ratio[1])
    aspect = np.exp(low + u[:, _TRIES : 2 * _TRIES] * (high - low))
    columns = np.rint(np.sqrt(area * aspect)).astype(np.int64)
    rows = np.rint(np.sqrt(area / aspect)).astype(np.int64)
    fits = (columns > 0) & (columns <= width) & (rows > 0) & (rows <= height)
    first, each = fits.argmax(axis=1), np.arange(len(u))
    rows, columns = rows[each, first], columns[each, first]
    tops = np.floor(u[:, 2 * _TRIES] * (height - rows + 1)).astype(np.int64)
    lefts = np.floor(u[:, 2 * _TRIES + 1] * (width - columns + 1)).astype(np.int64)
    boxes = np.stack([tops, lefts, rows, columns], axis=1)
    boxes[~fits.any(axis=1)] = _central_box(height, width, ratio)
    return boxes


def _central_box(height: int, width: int, ratio: Sequence[float]) -> tuple[int, int, int, int]:
    rows, columns = height, width
    if width / height < ratio[0]:
        rows = round(width / ratio[0])
    elif width / height > ratio[1]:
        columns = round(height * ratio[1])
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def _resize_boxes(x: Tensor, boxes: np.ndarray, goal: tuple[int, int], interpolation: str) -> Tensor:
    if (max(x.shape[-2:]) <= _SMALL and x.dtype == torch.uint8) or interpolation == "lanczos":
        return _by_matrices(x, boxes, goal, interpolation)
    parts = []
    for image, (top, left, rows, columns) in zip(x, boxes.tolist(), strict=True):
        part = image[None, :, top : top + rows, left : left + columns]
        parts.append(part if goal == (rows, columns) else _interpolate(part, goal, interpolation))
    return torch.cat(parts)


def _interpolate(x: Tensor, goal: tuple[int, int], interpolation: str) -> Tensor:
    if interpolation == "lanczos":
        whole = np.tile(np.array([0, 0, *x.shape[-2:]], np.int64), (len(x), 1))
        return _by_matrices(x, whole, goal, interpolation)
    if interpolation == "nearest":
        return F.interpolate(x, goal, mode="nearest-exact")
    if interpolation not in _SUPPORTS:
        raise DataError(f"interpolation '{interpolation}' is not one of {', '.join(_SUPPORTS)}")
    return F.interpolate(x, goal, mode=interpolation, antialias=True, align_corners=False)


def _by_matrices(x: Tensor, boxes: np.ndarray, goal: tuple[int, int], interpolation: str) -> Tensor:
    """Pillow's two passes as batched products. Whole numbers in float64: the sums are exact in any order. Maps are not rounded."""
    if interpolation not in _SUPPORTS:
        raise DataError(f"interpolation '{interpolation}' is not one of {', '.join(_SUPPORTS)}")
    across = _weights(boxes[:, 1], boxes[:, 3], x.shape[-1], goal[1], interpolation)  # [B, w, W]
    down = _weights(boxes[:, 0], boxes[:, 2], x.shape[-2], goal[0], interpolation)  # [B, h, H]
    batch, channels, height, width = x.shape
    rows = x.reshape(batch, channels * height, width).double() @ torch.from_numpy(across).mT
    rows = _rounded(rows, x.dtype).reshape(batch, channels, height, goal[1])
    return _rounded(torch.from_numpy(down)[:, None] @ rows, x.dtype).to(x.dtype)


def _rounded(sums: Tensor, dtype: torch.dtype) -> Tensor:
    scaled = sums * 2.0**-_PRECISION
    return (scaled + 0.5).floor_().clamp_(0, 255) if dtype == torch.uint8 else scaled


def disparity(
    x: Tensor, u: np.ndarray, *, baseline: float, focal: float, near: float, far: float, most: float,
    camera: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Depth in metres to disparity as a share of `most` pixels: `baseline * focal / depth`, depths cut to `near` .. `far` first.

    A `camera` [2], focal length and baseline, stands in for both numbers.
    """
    if camera is not None:
        focal, baseline = camera.tolist()
    return (baseline * focal / x.clamp(near, far)).clamp_(0, most).div_(most)


def _weights(start: np.ndarray, length: np.ndarray, size: int, goal: int, interpolation: str) -> np.ndarray:
    """The filter of each output pixel over a line of `size` pixels, for boxes `[start, start + length)`:
    float64 `[B, goal, size]`, whole numbers that sum to about 2 ** 22 (Pillow's Resample.c,
    precompute_coeffs).
    """
    step = (length / goal)[:, None, None]
    center = (np.arange(goal)[:, None] + 0.5) * step  # relative to the box
    place = np.arange(size) - start[:, None, None]
    inside = (place >= 0) & (place < length[:, None, None])
    if interpolation == "nearest":
        return (place == np.floor(center)).astype(np.float64) * 2**_PRECISION
    widen = np.maximum(step, 1.0)
    reach = _SUPPORTS[interpolation] * widen
    inside = (
        inside
        & (place >= np.trunc(np.maximum(center - reach + 0.5, 0)))
        & (place < np.trunc(center + reach + 0.5))
    )
    weights = np.where(inside, _filter((place - center + 0.5) / widen, interpolation), 0.0)
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.trunc(weights * 2**_PRECISION + np.copysign(0.5, weights))


def _filter(x: np.ndarray, interpolation: str) -> np.ndarray:
    x = np.abs(x)
    if interpolation == "bilinear":
        return np.maximum(1 - x, 0)
    if interpolation == "bicubic":  # Keys' kernel with a = -0.5
        near = (1.5 * x - 2.5) * x * x + 1
        far = -0.5 * (((x - 5) * x + 8) * x - 4)
        return np.where(x < 1, near, np.where(x < 2, far, 0.0))
    return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0.0)
