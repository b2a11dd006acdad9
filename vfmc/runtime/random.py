"""Randomness as a value: every random number is a hash of (seed, position of the sample, name of the
consumer, index).

The mixing function is splitmix64's (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
OOPSLA 2014, fig. 17), in wrapping int64 arithmetic that numpy, torch on the CPU and torch on CUDA compute
alike, bit for bit. Nothing has a state, so a number does not depend on who computes it, when, or together
with what.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TypeVar, overload

import numpy as np
import torch
from torch import Tensor

Ints = TypeVar("Ints", Tensor, np.ndarray)
"""int64 values, as a tensor or as an array of at least one dimension."""


def _signed(value: int) -> int:
    """The low 64 bits of `value`, read as a signed number."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


GOLDEN = _signed(0x9E3779B97F4A7C15)  # the fraction of the golden ratio: splitmix64's step
_FIRST = _signed(0xBF58476D1CE4E5B9)
_SECOND = _signed(0x94D049BB133111EB)
_FRACTION = 2.0**-53  # a float64 in [0, 1) has 53 random bits


def mix(values: Ints) -> Ints:
    """A bijection of the 64-bit numbers in which every bit of the input flips half of the bits of the output.
    Elementwise.
    """
    values = (values ^ _shift(values, 30)) * _FIRST
    values = (values ^ _shift(values, 27)) * _SECOND
    return values ^ _shift(values, 31)


def _shift(values: Ints, bits: int) -> Ints:
    """A logical shift to the right (int64's own keeps the sign)."""
    return (values >> bits) & ((1 << (64 - bits)) - 1)


def keys(seed: int, positions: Ints) -> Ints:
    """The random keys of the samples at `positions` (int64, any shape): 64-bit hashes of (seed, position), of
    the same shape.
    """
    return mix(positions * GOLDEN + _start(seed))


def key(seed: int, position: int) -> int:
    """The random key of one position, a signed 64-bit number: what `keys` gives for it."""
    return _mix_one(_start(seed) + position * GOLDEN)


@lru_cache(maxsize=4096)
def _start(seed: int) -> int:
    return _mix_one(seed + GOLDEN)


def _mix_one(value: int) -> int:
    return int(mix(np.array([_signed(value)], dtype=np.int64))[0])


@lru_cache(maxsize=4096)
def stream(*names: str | int) -> int:
    """The number of a consumer of randomness: a stable 63-bit hash of its name and the indices of its draw.

    `stream("masks.half")`, `stream("views.crop", program, op)`. The same in every process and release of
    Python.
    """
    text = "\0".join(f"{type(name).__name__}:{name}" for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


@overload
def uniform(keys: int, stream: int, n: int) -> np.ndarray: ...
@overload
def uniform(keys: Ints, stream: int, n: int) -> Ints: ...
def uniform(keys: int | np.ndarray | Tensor, stream: int, n: int) -> np.ndarray | Tensor:
    """`n` numbers in [0, 1) for each key, float64 `[*keys.shape, n]`; for a Python int an array `[n]`.

    The numbers of one (key, stream) are a prefix of those for a larger `n`. Tensors stay on their device.
    """
    name = _start(stream)
    if isinstance(keys, Tensor):
        steps = torch.arange(1, n + 1, dtype=torch.int64, device=keys.device) * GOLDEN
        return (_shift(mix(mix(keys ^ name).unsqueeze(-1) + steps), 11)).to(torch.float64) * _FRACTION
    table = np.asarray(_signed(keys) if isinstance(keys, int) else keys, dtype=np.int64)[..., None]
    counts = np.arange(1, n + 1, dtype=np.int64) * GOLDEN
    return _shift(mix(mix(table ^ name) + counts), 11).astype(np.float64) * _FRACTION
