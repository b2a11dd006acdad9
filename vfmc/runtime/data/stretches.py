"""Where in time: stretches of sounds, signals and videos, brought to one length, with parts hidden.

Each works on one sample and its draws `u` in [0, 1). `clip: [i, n]` is the i-th of n evenly placed stretches, the first at the start and
the last at the end; one alone is the middle. Without it the place is drawn; `around` is the length of another stretch that the same
number places, and both then have one middle as far as the recording reaches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.decode.video import Film


def _share(u: np.ndarray, clip: Sequence[int] | None) -> float:
    """Where the stretch begins, as a share of the places there are."""
    if clip is None:
        return float(u[0])
    index, count = clip
    return index / (count - 1) if count > 1 else 0.5


def _around(u: np.ndarray, around: float, length: float, whole: float) -> float:
    """Where a stretch begins that lies around one drawn by the same number."""
    other = min(around, whole)
    middle = float(u[0]) * (whole - other) + other / 2
    return min(max(middle - length / 2, 0.0), max(whole - length, 0.0))


def stretch(
    x: Tensor, u: np.ndarray, *, length: int, clip: Sequence[int] | None = None, around: int | None = None
) -> Tensor:
    """`length` moments of `[..., L]`; what is shorter stays."""
    room = x.shape[-1] - length
    if room <= 0:
        return x
    if around is not None:
        begin = round(_around(u, around, length, x.shape[-1]))
    elif clip is None:
        begin = min(int(_share(u, clip) * (room + 1)), room)
    else:
        begin = int(_share(u, clip) * room)
    return x[..., begin : begin + length]


def fit(x: Tensor, u: np.ndarray, *, length: int) -> Tensor:
    """`[..., length]`: zeros behind what is shorter, what is longer is cut."""
    missing = length - x.shape[-1]
    return torch.nn.functional.pad(x, (0, missing)) if missing > 0 else x[..., :length].contiguous()


def hide(x: Tensor, u: np.ndarray, *, axis: str, most: int, value: float) -> Tensor:
    """Up to `most` neighbouring rows or columns of `[1, rows, columns]` become `value` (SpecAugment, arXiv 1904.08779 sec. 2: both the
    width and the place are uniform).
    """
    dim = {"rows": -2, "columns": -1}[axis]
    size = x.shape[dim]
    width = min(int(u[0] * (most + 1)), size)
    x = x.clone()
    x.narrow(dim, int(u[1] * (size - width + 1)), width).fill_(value)
    return x


def sample_frames(
    film: Film,
    u: np.ndarray,
    *,
    count: int,
    seconds: float,
    clip: Sequence[int] | None = None,
    around: float | None = None,
) -> Tensor:
    """`count` frames uint8 `[T, C, H, W]`, evenly spaced over a stretch from its first to its last moment; one alone is its middle."""
    length = min(seconds, film.seconds)
    apart = _share(u, clip) * (film.seconds - length)
    begin = apart if around is None else _around(u, around, length, film.seconds)
    last = length * (1 - 1e-4)  # the end itself belongs to the stretch after it
    steps = np.linspace(0, last, count) if count > 1 else np.array([last / 2])
    return film.frames([float(begin + step) for step in steps])
