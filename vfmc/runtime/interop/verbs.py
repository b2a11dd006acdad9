"""What can be done to a tensor on its way in, each with what undoes it on the way out, bit for bit (but `log` and `exp`)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import Tensor


class Impossible(ValueError):
    """A tensor that a verb cannot be done to: why, in words."""


def squeeze(x: Tensor, dim: int) -> Tensor:
    """Takes a dimension of one away."""
    if not -x.ndim <= dim < x.ndim or x.shape[dim] != 1:
        raise Impossible(f"its dimension {dim} is not 1")
    return x.squeeze(dim)


def unsqueeze(x: Tensor, dim: int) -> Tensor:
    return x.unsqueeze(dim)


def transpose(x: Tensor) -> Tensor:
    if x.ndim != 2:
        raise Impossible("it is no matrix")
    return x.T


def flat(x: Tensor, *shape: int) -> Tensor:
    """A kernel [D, C, p, p] (or [D, C, T, p, p]) as the linear map of a patch that it is: (channel, row, column) order."""
    if tuple(x.shape[1:]) != shape:
        raise Impossible(f"it is no kernel of {list(shape)}")
    return x.flatten(1)


def unflat(x: Tensor, *shape: int) -> Tensor:
    if x.ndim != 2 or x.shape[1] != prod(shape):
        raise Impossible(f"it is no linear map of patches of {list(shape)}")
    return x.unflatten(1, shape)


def channels_first(x: Tensor, channels: int, *places: int) -> Tensor:
    """A linear map of patches in (row, column, channel) order as one in (channel, row, column) order; a frame comes before its rows."""
    return unflat(x, *places, channels).movedim(-1, 1).flatten(1)


def channels_last(x: Tensor, channels: int, *places: int) -> Tensor:
    return unflat(x, channels, *places).movedim(1, -1).flatten(1)


def inflate(x: Tensor, channels: int, frames: int, rows: int, columns: int) -> Tensor:
    """A kernel of pictures [D, C, p, p] for `frames` of a clip, an equal share each: a clip that stands still gives the same."""
    if tuple(x.shape[1:]) != (channels, rows, columns):
        raise Impossible(f"it is no kernel of {[channels, rows, columns]}")
    return (x / frames)[:, :, None].expand(-1, -1, frames, -1, -1).flatten(1)


def deflate(x: Tensor, channels: int, frames: int, rows: int, columns: int) -> Tensor:
    """The sum over time; only where all frames are equal does this lose nothing."""
    kernel = unflat(x, channels, frames, rows, columns)
    if not torch.equal(kernel, kernel[:, :, :1].expand_as(kernel)):
        raise Impossible("its frames differ, so it has learned motion and no kernel of pictures is the same")
    return kernel[:, :, 0] * frames


def without_rows(x: Tensor, count: int) -> Tensor:
    """The rows after the first `count`, which must be zero: places of prefix tokens in a fixed table."""
    if len(x) < count or x[:count].any():
        raise Impossible(f"its first {count} rows are not zero")
    return x[count:]


def with_rows(x: Tensor, count: int) -> Tensor:
    return torch.cat([x.new_zeros(count, *x.shape[1:]), x])


def insert_rows(x: Tensor, start: int, count: int) -> Tensor:
    """Puts `count` rows of zeros before row `start`: register tokens that have no position there."""
    if len(x) < start:
        raise Impossible(f"it has no row {start}")
    return torch.cat([x[:start], x.new_zeros(count, *x.shape[1:]), x[start:]])


def remove_rows(x: Tensor, start: int, count: int) -> Tensor:
    if len(x) < start + count:
        raise Impossible(f"it has no rows {start} to {start + count - 1}")
    if x[start : start + count].any():
        raise Impossible(
            f"its rows {start} to {start + count - 1} are not zero, and the layout has no place for them"
        )
    return torch.cat([x[:start], x[start + count :]])


VERBS: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "squeeze": (squeeze, unsqueeze),
    "unsqueeze": (unsqueeze, squeeze),
    "transpose": (transpose, transpose),
    "kernel": (flat, unflat),
    "kernel_last": (channels_first, channels_last),
    "inflate": (inflate, deflate),
    "without_rows": (without_rows, with_rows),
    "insert_rows": (insert_rows, remove_rows),
    "log": (torch.log, torch.exp),
    "exp": (torch.exp, torch.log),
}


def there(x: Tensor, verbs: list[list[Any]]) -> Tensor:
    """All verbs in order. Raises `Impossible`."""
    for word, *arguments in verbs:
        x = VERBS[word][0](x, *arguments)
    return x


def back(x: Tensor, verbs: list[list[Any]]) -> Tensor:
    """What undoes them, from the last to the first. Raises `Impossible`."""
    for word, *arguments in reversed(verbs):
        x = VERBS[word][1](x, *arguments)
    return x
