"""Several sources that share a batch by ratio: which of them gives the sample at a position is a pure function.

The shares are exact, not drawn: over every stretch of positions a source stands where its share is due. Within a source,
samples come in its own order by its own running count, so that a mix changes neither what a source gives nor when it has
been seen once.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.sources.base import Sample, Source
from vfmc.runtime.random import key, stream

_LARGEST = 1 << 31  # of the sum of the shares: their products with a remainder stay in 63 bits


def interleave(positions: np.ndarray, shares: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which source stands at each position (int64), and how many of its samples came before.

    Position p of a pair with shares a and b belongs to the first where `floor(p a / (a + b))` is about to grow (Bresenham's
    line). More than two sources are such pairs nested, the smallest shares innermost. Every `sum(shares)` successive positions
    hold exactly `shares`, wherever they begin.
    """
    places = np.asarray(positions, np.int64)
    which, counts = np.empty_like(places), np.empty_like(places)
    pending: list[tuple[Any, np.ndarray, np.ndarray]] = [
        (_tree(shares), places.reshape(-1), np.arange(places.size))
    ]
    while pending:
        node, at, out = pending.pop()
        if isinstance(node, int):
            which.reshape(-1)[out], counts.reshape(-1)[out] = node, at
            continue
        left, right, share, total = node
        before = _scaled(at, share, total)
        takes = _scaled(at + 1, share, total) > before
        pending.append((left, before[takes], out[takes]))
        pending.append((right, (at - before)[~takes], out[~takes]))
    return which, counts


def _scaled(count: np.ndarray, share: int, total: int) -> np.ndarray:
    """`floor(count share / total)` without overflow."""
    return count // total * share + count % total * share // total


def _tree(shares: list[int]) -> Any:
    """Pairs of pairs: the two smallest are joined first, as in Huffman's code."""
    heap: list[tuple[int, int, Any]] = [(share, number, number) for number, share in enumerate(shares)]
    heapq.heapify(heap)
    fresh = len(shares)
    while len(heap) > 1:
        (right, _, inner), (left, _, outer) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (left + right, fresh, (outer, inner, left, left + right)))
        fresh += 1
    return heap[0][2]


def whole(shares: list[float | int | Fraction]) -> list[int]:
    """Shares as whole numbers without a common divisor; as near as can be where their sum would pass `_LARGEST`."""
    exact = [Fraction(str(share)) for share in shares]
    scale = lcm(*(share.denominator for share in exact))
    numbers = [int(share * scale) for share in exact]
    divisor = gcd(*numbers)
    numbers = [number // divisor for number in numbers]
    total = sum(numbers)
    if total > _LARGEST:
        numbers = [max(1, number * (_LARGEST // 2) // total) for number in numbers]
    return numbers


def repeated(samples: int, times: float | None) -> Fraction:
    """Samples of an epoch that counts them so many times, exactly: 1.25 is five quarters."""
    return samples * Fraction(str(times or 1))


class Mixture(Source):
    """Sources by name that share a batch. `ratios` gives the share of each; None stands for its samples times `repeats`.

    Raises `DataError` where labels of the sources have different names.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        ratios: Mapping[str, float | None],
        repeats: Mapping[str, float | None],
    ) -> None:
        self.names, self.sources = list(sources), list(sources.values())
        self.gives = tuple(dict.fromkeys(name for source in self.sources for name in source.gives))
        self.sizes = [repeated(len(source), repeats[name]) for name, source in sources.items()]
        said = [ratios[name] for name in self.names]
        given = [size if ratio is None else ratio for ratio, size in zip(said, self.sizes, strict=True)]
        self.shares = whole(given)
        self.starts = np.cumsum([0, *map(len, self.sources)])
        self.classes = self._same_classes()

    def __len__(self) -> int:
        return int(self.starts[-1])

    def at(self, positions: np.ndarray, seed: int) -> np.ndarray:
        which, counts = interleave(positions, self.shares)
        ids = np.empty_like(which)
        for number, source in enumerate(self.sources):
            chosen = which == number
            own = key(seed, stream("sources", self.names[number]))
            ids[chosen] = self.starts[number] + source.at(counts[chosen], own)
        return ids

    def epoch(self, of: str | None) -> int:
        """Samples of the mix until source `of` was seen as often as an epoch sees it; the sum of all without `of`."""
        if of is None:
            return round(sum(self.sizes))
        number = self.names.index(of)
        return round(self.sizes[number] * sum(self.shares) / self.shares[number])

    def read(self, id: int, names: Collection[str]) -> Sample:
        number, own = self._find(id)
        source = self.sources[number]
        found = source.read(own, [name for name in names if name in source.gives])
        return {name: found.get(name) for name in names}  # what this source never has is absent

    def key(self, id: int) -> str:
        source, own = self._find(id)
        return f"{self.names[source]}: {self.sources[source].key(own)}"

    def captions(self, name: str, limit: int = 100_000) -> Iterator[str]:
        for source in (source for source in self.sources if name in source.gives):
            yield from source.captions(name, -(-limit // len(self.sources)))

    def _find(self, id: int) -> tuple[int, int]:
        source = int(np.searchsorted(self.starts, id, side="right")) - 1
        return source, id - int(self.starts[source])

    def _same_classes(self) -> list[str] | None:
        named = [(name, s.classes) for name, s in zip(self.names, self.sources, strict=True) if s.classes]
        for name, classes in named[1:]:
            if classes != named[0][1]:
                raise DataError(
                    f"the sources '{named[0][0]}' and '{name}' are mixed, and their classes differ"
                    f" ({', '.join((named[0][1] or [])[:3])} ... and {', '.join((classes or [])[:3])} ...)"
                )
        return named[0][1] if named else None
