"""What every source of samples offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from vfmc.runtime.data.errors import SampleError
from vfmc.runtime.data.order import sample_at

Inputs = Mapping[str, Mapping[str, Any]]
"""`INPUTS` of a generated `data.py`: what one sample holds, by name."""

Sample = dict[str, Any]
"""Raw values by input name. A caption is a text or a list of texts, a label a number. What is decoded
(`vfmc/runtime/data/decode`) may be a path, the bytes of a file or an open binary file, and besides

- image: a Pillow image, an array `[H, W]`, `[H, W, C]` (bytes, or reals in [0, 1]) or a tensor `[C, H, W]`;
- depth: a Pillow image or an array `[H, W]`, in the input's `encoding` (metres, millimetres ...);
- camera: a mapping with `focal` (pixels) and `baseline` (metres);
- thermal: a Pillow image or an array `[H, W]`;
- audio: an array `[L]` or `[C, L]` at the input's rate, or `(array, rate)`; reals in [-1, 1] or whole numbers;
- signal: an array whose axes are the input's, at the rate `recorded`, or `(array, rate)`;
- video: an array of bytes `[T, H, W, 3]` at the rate `recorded`, or `(array, rate)`.
"""


class Beside(NamedTuple):
    """A value of an input in memory with those that a view of it reads beside it, by the name of their input."""

    value: Any
    others: Mapping[str, Any]


class Source(ABC):
    """Samples by id in range(len(self)), in an order that never changes. Reading is safe from several
    threads.
    """

    classes: list[str] | None = None
    """The names of the labels, if they have names."""

    decoded = False
    """Whether its values are decoded already."""

    gives: tuple[str, ...]
    """The inputs that every sample has."""

    knows: Mapping[str, Sequence[str]] = {}
    """By input, the factors that can be told from it, where samples have factors: what two inputs do not both
    know, nobody can match them by.
    """

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, id: int, names: Collection[str]) -> Sample:
        """The inputs `names` of one sample, undecoded where the value is a file; None for one that the sample lacks.

        Raises `SampleError` (or what the file system and Pillow raise) for a sample that cannot be read.
        """

    @abstractmethod
    def key(self, id: int) -> str:
        """The name of a sample for messages: where a person finds it."""

    def at(self, positions: np.ndarray, seed: int) -> np.ndarray:
        """The ids of the samples drawn at `positions` (int64, any shape): every epoch is a permutation of its own."""
        return sample_at(positions, len(self), seed)[1]

    def factors(self, id: int) -> dict[str, int]:
        """The factors of a sample by number; empty if its source knows none."""
        return {}

    def __getitem__(self, id: int) -> Sample:
        return self.read(id, self.gives)

    def captions(self, name: str, limit: int = 100_000) -> Iterator[str]:
        """The texts of the input `name` in the order of the ids, of the first `limit` samples."""
        for id in range(min(len(self), limit)):
            texts = self.read(id, (name,))[name]
            yield from [texts] if isinstance(texts, str) else texts or []


def whole(value: Any) -> int:
    """A label that is a whole number, also as a text or as a real without a fraction. Raises `SampleError` for another."""
    for read in (int, float) if isinstance(value, str | int) else (float,):
        with suppress(TypeError, ValueError):
            if float(number := read(value)).is_integer():
                return int(number)
    raise SampleError(f"the label '{value}' is not a whole number")


def named(inputs: Inputs, kind: str) -> list[str]:
    """The inputs of one kind, in the spec's order."""
    return [name for name, entry in inputs.items() if entry["kind"] == kind]


def nearest(word: str, choices: Collection[str]) -> str:
    """The end of a sentence on an unknown `word`: `; did you mean 'x'?`, or a full stop."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else "."
