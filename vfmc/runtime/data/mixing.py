"""Mixup and cutmix: pictures and labels of neighbours in the batch, mixed by a draw of each pair.

Positions 2i and 2i + 1 are a pair; its draw comes from the key of the first. So what is mixed with what, and how,
is a function of the position, as everything is. Definitions are those of timm (`timm/data/mixup.py`, mode "pair").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.random import stream, uniform


class Mix(NamedTuple):
    """What was drawn for each pair: the share that a sample keeps of itself, float64 `[P]`, and the box that the
    two exchange, int64 `[P, 4]` (top, bottom, left, right; empty where they are mixed by weights).
    """

    share: np.ndarray
    boxes: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """What pixels outside of a box keep: 1 where a box is exchanged."""
        return np.where(self.boxes[:, 1] > self.boxes[:, 0], 1.0, self.share)


def symmetric_beta(u: np.ndarray, v: np.ndarray, a: float) -> np.ndarray:
    """Numbers distributed as Beta(a, a), one of two uniform numbers each, exactly and without rejection.

    Student's t with 2a degrees of freedom, drawn in polar form (Bailey 1994), is `sqrt(2a) w` with `w = sqrt(q^-1 -
    1) cos(2 pi v)` and `q = u^(1/a)`; `(1 + w / sqrt(1 + w^2)) / 2` is then Beta(a, a) (Devroye 1996, "Random variate
    generation in one line of code"). Written so that nothing overflows for small a.
    """
    cosine = np.cos(2 * np.pi * v)
    kept = (1.0 - u) ** (1 / a)  # 1 - u is in (0, 1]
    spread = (1 - kept) * cosine**2
    return 0.5 * (1 + np.sign(cosine) * np.sqrt(spread / np.maximum(kept + spread, np.finfo(float).tiny)))


def draw(keys: np.ndarray, view: str, mix: Mapping[str, Any], whole: np.ndarray | None = None) -> Mix:
    """What the view `view` does with samples of `keys` `[B]`. A pair of which one is not `whole` `[B]` stays as it is.

    Raises `DataError` where a sample has no neighbour.
    """
    if len(keys) % 2:
        raise DataError(
            f"the view '{view}' mixes neighbours, and {len(keys)} samples do not pair up: let the batch of every "
            "rank and micro-batch be even"
        )
    u = uniform(keys[::2], stream(f"views.{view}", "mix"), 6)
    alpha, beta = float(mix["mixup"]), float(mix["cutmix"])
    boxed = np.full(len(u), not alpha) if not (alpha and beta) else u[:, 1] < float(mix["switch"])
    share = np.ones(len(u))
    for chosen, a in ((~boxed, alpha), (boxed, beta)):
        if chosen.any():
            share[chosen] = symmetric_beta(u[chosen, 2], u[chosen, 3], a)
    share[u[:, 0] >= float(mix["p"])] = 1.0
    if whole is not None:
        share[~whole.reshape(-1, 2).all(1)] = 1.0
    height, width = mix["size"]
    boxes = np.where(boxed[:, None], box(height, width, share, u[:, 4], u[:, 5]), 0)
    area = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
    boxes[area == 0] = 0
    return Mix(np.where(boxed, 1 - area / (height * width), share), boxes)


def box(height: int, width: int, share: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Boxes of `1 - share` of the area around a uniform pixel, cut at the border (timm's `rand_bbox`)."""
    side = np.sqrt(1 - share)
    edges = []
    for length, centre in ((height, u), (width, v)):
        cut, middle = (length * side).astype(np.int64), np.floor(centre * length).astype(np.int64)
        edges += [np.clip(middle - cut // 2, 0, length), np.clip(middle + (cut + 1) // 2, 0, length)]
    return np.stack(edges, axis=1)


def pictures(x: Tensor, mix: Mix) -> Tensor:
    """Pictures `[B, C, H, W]`, each mixed with its neighbour."""
    height, width = x.shape[-2:]
    pairs = x.unflatten(0, (-1, 2))  # [P, 2, C, H, W]
    other = pairs.flip(1)
    top, bottom, left, right = torch.from_numpy(mix.boxes).to(x.device)[:, :, None].unbind(1)  # [P, 1]
    rows, columns = torch.arange(height, device=x.device), torch.arange(width, device=x.device)
    down, across = (rows >= top) & (rows < bottom), (columns >= left) & (columns < right)  # [P, H], [P, W]
    inside = (down[:, :, None] & across[:, None, :])[:, None, None]
    weights = torch.from_numpy(mix.weights).to(x.device, x.dtype).view(-1, 1, 1, 1, 1)
    return torch.where(inside, other, pairs * weights + other * (1 - weights)).flatten(0, 1)


def labels(numbers: Tensor, classes: int, smoothing: float, mix: Mix | None, dtype: torch.dtype) -> Tensor:
    """Labels `[B]` as shares of classes `[B, K]`: smoothed, then mixed with the neighbour's."""
    off = smoothing / classes
    shares = torch.full((len(numbers), classes), off, dtype=dtype, device=numbers.device)
    shares.scatter_(1, numbers[:, None], 1 - smoothing + off)
    if mix is None:
        return shares
    pairs = shares.unflatten(0, (-1, 2))
    own = torch.from_numpy(mix.share).to(shares.device, dtype).view(-1, 1, 1)
    return (pairs * own + pairs.flip(1) * (1 - own)).flatten(0, 1)
