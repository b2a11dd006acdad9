"""The order of the samples is a function: a keyed bijection on range(n), computed without a table.

A Feistel network (8 rounds, halves of unequal width where the number of bits is odd) permutes the numbers
below a power of two; walking along its cycle until the value is below `n` makes it a permutation of range(n)
(Black and Rogaway, Ciphers with arbitrary finite domains, CT-RSA 2002). The power of two is less than 2 n, so
the walk takes fewer than two steps on average.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from vfmc.runtime.random import GOLDEN, key, mix, stream

_ROUNDS = 8
_FEWEST_BITS = 6  # a smaller domain has too few round functions to look random
_REMEMBERED = 1 << 16  # sources up to this size have the permutations of their last epochs kept


def permute(index: np.ndarray | int, n: int, seed: int, epoch: np.ndarray | int = 0) -> np.ndarray:
    """Where the permutation of (seed, epoch) sends `index`: int64 in range(n), of the shape of `index` and
    `epoch` broadcast.

    Raises `ValueError` if `n` is not positive or an index is outside range(n).
    """
    places, epochs = np.broadcast_arrays(np.asarray(index, np.int64), np.asarray(epoch, np.int64))
    if n < 1 or (places.size and (places.min() < 0 or places.max() >= n)):
        raise ValueError(f"indices to permute must lie in range({n})")
    values = places.reshape(-1).copy()
    secrets = mix(epochs.reshape(-1) * GOLDEN + key(seed, stream("order")))
    bits = max((n - 1).bit_length(), _FEWEST_BITS)
    walking = np.arange(values.size)
    while walking.size:
        moved = _feistel(values[walking], secrets[walking], bits)
        values[walking] = moved
        walking = walking[moved >= n]
    return values.reshape(places.shape)


def _feistel(values: np.ndarray, secrets: np.ndarray, bits: int) -> np.ndarray:
    """A bijection on range(2 ** bits) for each secret, elementwise."""
    low = bits // 2
    high = bits - low
    left, right = values >> low, values & ((1 << low) - 1)  # `high` bits and `low` bits
    for turn in range(_ROUNDS):
        hashed = mix(mix(right + secrets) + turn)
        left, right = right, left ^ (hashed & ((1 << high) - 1))
        low, high = high, low
    return (left << low) | right


def sample_at(position: np.ndarray | int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The epoch and the id of the sample drawn at `position` (optimiser step x global batch + index in the
    batch), both int64.
    """
    places = np.asarray(position, np.int64)
    epoch = places // n
    if n > _REMEMBERED:
        return epoch, permute(places % n, n, seed, epoch)
    ids = np.empty_like(places)
    for each in np.unique(epoch).tolist():
        chosen = epoch == each
        ids[chosen] = _whole(n, seed, each)[places[chosen] % n]
    return epoch, ids


@lru_cache(maxsize=8)
def _whole(n: int, seed: int, epoch: int) -> np.ndarray:
    """An epoch of a small source at once: one look-up a sample instead of a walk."""
    return permute(np.arange(n), n, seed, epoch)
