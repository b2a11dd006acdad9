"""What the pixels hold: colour jitter, grey, blur, solarisation. Images are uint8 `[B, C, H, W]`, draws
float64 `[B, n]`.

Blends follow Pillow's ImageEnhance (float32, cut to a whole number), so results equal Pillow's level by
level; hue follows torchvision's definition (a turn of the HSV circle by a share of it). Every number is
computed elementwise or in whole numbers: a sample comes out the same in whatever batch it stands. Images of
one channel have no colour: grey, saturation and hue leave them as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vfmc.runtime.data.errors import DataError

Range = float | Sequence[float]

_RED, _GREEN, _BLUE = 19595, 38470, 7471
"""ITU-R BT.601 luma, .299 .587 .114, in 1/65536 (Pillow's Convert.c)."""


def grey(x: Tensor) -> Tensor:
    """The luma of RGB images, int32 `[B, 1, H, W]` in 0..255; of one-channel images the channel."""
    whole = x.to(torch.int32)
    if x.shape[1] == 1:
        return whole
    red, green, blue = whole[:, 0:1], whole[:, 1:2], whole[:, 2:3]
    return (red * _RED + green * _GREEN + blue * _BLUE + 0x8000) >> 16


def grayscale(x: Tensor, u: np.ndarray) -> Tensor:
    """Luma in all three channels."""
    return grey(x).to(torch.uint8).expand_as(x)


def solarize(x: Tensor, u: np.ndarray, *, threshold: float = 128) -> Tensor:
    """Values of `threshold` and more are inverted."""
    return x ^ (x >= threshold).to(torch.uint8).mul_(255)  # 255 - x is x with every bit flipped


def _column(values: np.ndarray) -> Tensor:
    """float32 `[B, 1, 1, 1]`."""
    return torch.from_numpy(np.asarray(values, np.float32)).reshape(-1, 1, 1, 1)


def _blend(base: Tensor | float, x: Tensor, factor: np.ndarray) -> Tensor:
    return ((x - base) * _column(factor) + base).clamp_(0, 255).to(torch.uint8)


def brightness(x: Tensor, factor: np.ndarray) -> Tensor:
    """Away from black by `factor` `[B]`."""
    return _blend(0.0, x.float(), factor)


def contrast(x: Tensor, factor: np.ndarray) -> Tensor:
    """Away from the image's mean luma (rounded) by `factor` `[B]`."""
    pixels = x.shape[-2] * x.shape[-1]
    total = grey(x).sum(dim=(1, 2, 3), keepdim=True, dtype=torch.int64)
    return _blend(((2 * total + pixels) // (2 * pixels)).float(), x.float(), factor)


def saturation(x: Tensor, factor: np.ndarray) -> Tensor:
    """Away from the pixel's luma by `factor` `[B]`."""
    return x if x.shape[1] == 1 else _blend(grey(x).float(), x.float(), factor)


def hue(x: Tensor, shift: np.ndarray) -> Tensor:
    """The HSV hue turned by `shift` `[B]`, in circles (-0.5 to 0.5)."""
    if x.shape[1] == 1:
        return x
    red, green, blue = x.float().unbind(1)
    value, least = x.amax(dim=1).float(), x.amin(dim=1).float()
    chroma = value - least
    divisor = chroma.clamp(min=1)
    turn = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, (blue - red) / divisor + 2, (red - green) / divisor + 4),
    )
    turn += _column(shift)[:, 0] * 6  # [B, H, W], in sixths of the circle
    channels = []
    for offset in (5, 3, 1):  # Smith's hexcone: the distance from where the channel is at its least
        place = torch.remainder(turn + offset, 6)
        channels.append(value - chroma * torch.minimum(place, 4 - place).clamp_(0, 1))
    return (torch.stack(channels, dim=1) + 0.5).floor_().clamp_(0, 255).to(torch.uint8)


_ADJUSTMENTS: tuple[Callable[[Tensor, np.ndarray], Tensor], ...] = (brightness, contrast, saturation, hue)


def color_jitter(
    x: Tensor,
    u: np.ndarray,
    *,
    brightness: Range = 0.0,
    contrast: Range = 0.0,
    saturation: Range = 0.0,
    hue: Range = 0.0,
    order: str = "random",
) -> Tensor:
    """Brightness, contrast and saturation by U(max(0, 1 - b), 1 + b), hue by U(-h, h); a pair is the range
    itself.

    `order: "random"` shuffles the four for every sample; draws: four amounts, then four numbers whose ranks
    are the order.
    """
    amounts = [_between(u[:, i], r, 1.0) for i, r in enumerate((brightness, contrast, saturation))]
    amounts.append(_between(u[:, 3], hue, 0.0))
    turns = np.argsort(u[:, 4:8], axis=1) if order == "random" else np.tile(np.arange(4), (len(u), 1))
    for place in range(4):
        for which, amount in enumerate(amounts):
            if amount is not None:
                x = on_subset(x, turns[:, place] == which, _ADJUSTMENTS[which], amount)
    return x


def _between(u: np.ndarray, span: Range, middle: float) -> np.ndarray | None:
    if isinstance(span, int | float):
        if span == 0:
            return None
        low = middle - span
        span = (max(0.0, low) if middle else low, middle + span)
    return span[0] + u * (span[1] - span[0])


def on_subset(
    x: Tensor, chosen: np.ndarray, change: Callable[[Tensor, np.ndarray], Tensor], draws: np.ndarray
) -> Tensor:
    """`change(x, draws)` for the samples where `chosen` `[B]` holds; the others stay."""
    if chosen.all():
        return change(x, draws)
    if not chosen.any():
        return x
    index = torch.from_numpy(np.flatnonzero(chosen))
    changed = change(x[index], draws[chosen])
    if changed.shape[1:] != x.shape[1:]:
        raise DataError("an operation with a probability p must keep the size of the image")
    return x.index_copy(0, index, changed)


def gaussian_blur(x: Tensor, u: np.ndarray, *, sigma: Sequence[float]) -> Tensor:
    """A Gaussian of U(sigma) pixels, cut at three times the largest sigma, the border mirrored; bytes after
    each of two passes.
    """
    sigmas = sigma[0] + u[:, 0] * (sigma[1] - sigma[0])
    x = _blur(x, sigmas, math.ceil(3 * sigma[1]), -1)
    return _blur(x, sigmas, math.ceil(3 * sigma[1]), -2)


def _blur(x: Tensor, sigmas: np.ndarray, radius: int, dim: int) -> Tensor:
    size = x.shape[dim]
    radius = min(radius, size - 1)  # a mirror shows no more than the image
    offsets = np.arange(radius + 1)
    weights = np.exp(-0.5 * (offsets / np.maximum(sigmas, 1e-6)[:, None]) ** 2)
    weights /= weights[:, :1] + 2 * weights[:, 1:].sum(axis=1, keepdims=True)
    border = [radius, radius, 0, 0] if dim == -1 else [0, 0, radius, radius]
    wide = F.pad(x.float(), border, mode="reflect") if radius else x.float()
    total = wide.narrow(dim, radius, size) * _column(weights[:, 0])
    for offset in range(1, radius + 1):
        pair = wide.narrow(dim, radius - offset, size) + wide.narrow(dim, radius + offset, size)
        total += pair.mul_(_column(weights[:, offset]))
    return total.add_(0.5).clamp_(0, 255).to(torch.uint8)
