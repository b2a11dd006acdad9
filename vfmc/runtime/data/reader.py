"""Reading samples: decoded once where memory allows, failures counted and replaced by a neighbour."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vfmc.runtime.data import errors
from vfmc.runtime.data.decode import MEDIA, decode
from vfmc.runtime.data.errors import DataError, SampleError, said
from vfmc.runtime.data.sources.base import Inputs, Sample, Source

CACHE_BYTES = 256 << 20
"""Decoded samples are kept up to this much memory."""

FAILURE_RATE = 0.01
"""The share of unreadable samples that a run bears, once `_SETTLED` were read."""

_SETTLED = 1000
_FEW, _MANY = (
    10,
    0.1,
)  # more failures than these and than this share: short runs over small data are stopped as well
_NEIGHBOURS = 100  # how many are tried in place of a sample

UNREADABLE = (*errors.UNREADABLE, Image.DecompressionBombError)

_log = logging.getLogger("vfmc")


class Reader:
    """Samples of `source` with the inputs `names`, decoded (`vfmc/runtime/data/decode`): images as uint8 `[C, H,
    W]`, texts and labels as the source has them.

    `strict` raises at the first sample that cannot be read (evaluation); otherwise its neighbour, the next
    id, stands in for it.
    """

    def __init__(
        self,
        source: Source,
        inputs: Inputs,
        names: Collection[str],
        cache_bytes: int = CACHE_BYTES,
        strict: bool = False,
    ) -> None:
        self.source, self.inputs, self.names = source, inputs, tuple(names)
        self.strict = strict
        self.failures = 0
        self.seen = 0
        self._told: set[int] = set()
        self._cache: dict[int, Sample] = {}
        self._room = cache_bytes
        self._lock = threading.Lock()

    def __call__(self, ids: Iterable[int]) -> list[Sample]:
        """The samples, in the order of `ids`. Raises `DataError` above the rate of failures, naming the last
        one.
        """
        found = []
        known = 0
        for id in ids:
            sample = self._cache.get(id)
            known += sample is not None
            found.append(self._read(id) if sample is None else sample)
        with self._lock:
            self.seen += known
        return found

    def _read(self, id: int) -> Sample:
        tried, last = min(_NEIGHBOURS, len(self.source)), ""
        for step in range(tried):
            other = (id + step) % len(self.source)
            try:
                sample = self._cache[other] if other in self._cache else self._decode(other)
            except UNREADABLE as error:
                self._failed(other, error)
                last = said(error)
                continue
            self._count(0)
            self._keep(id, sample)
            return sample
        raise DataError(self._none(id, tried, "read", last))

    def instead(self, id: int, tried: int, error: Exception) -> Sample:
        """A sample for one that was read and is of no use after all: `id` and `tried` neighbours of it."""
        count = len(self.source)
        self._failed((id + tried) % count, error)
        if tried + 1 >= min(_NEIGHBOURS, count):
            raise DataError(self._none(id, tried + 1, "used", said(error))) from error
        return self._read((id + tried + 1) % count)

    def _none(self, id: int, tried: int, done: str, last: str) -> str:
        others = f"neither {self.source.key(id)} nor the {tried - 1} samples after it can be {done}; the last: {last}"
        return others if tried > 1 else f"{self.source.key(id)}, the only sample, cannot be {done}: {last}"

    def _decode(self, id: int) -> Sample:
        sample = self._undecoded(id)
        for name in self.names:
            entry = self.inputs[name]
            if sample.get(name) is None:
                if not entry.get("optional"):
                    raise SampleError(f"it has no {name}")
                sample[name] = None
                continue
            if not self.source.decoded:
                sample[name] = self._decoded(id, name, sample[name])
            if entry["kind"] == "label":
                self._check_label(id, name, sample[name])
        return sample

    def _undecoded(self, id: int) -> Sample:
        """What the source gives. Where that fails, the inputs are read one by one to name the one that is to blame."""
        try:
            return self.source.read(id, self.names)
        except UNREADABLE:
            for name in self.names:
                try:
                    self.source.read(id, (name,))
                except UNREADABLE as error:
                    raise SampleError(f"{name}: {said(error)}") from error
            raise

    def _decoded(self, id: int, name: str, value: Any) -> Any:
        """One input, decoded. What is wrong with it names the input, and its file where that is one of several."""
        entry = self.inputs[name]
        file = value if isinstance(value, str | Path) else getattr(value, "filename", "")  # of a Pillow image
        where = f"{name} {file}" if file and entry["kind"] in MEDIA else name
        try:
            return decode(value, entry)
        except DataError as error:
            raise DataError(f"{self.source.key(id)}, {where}: {error}") from error
        except UNREADABLE as error:
            raise SampleError(f"{where}: {said(error)}") from error

    def _check_label(self, id: int, name: str, label: Any) -> None:
        classes = self.inputs[name].get("classes")
        if classes is not None and not 0 <= label < classes:
            where = self.source.key(id)
            raise DataError(f"the {name} of {where} is {label}, and the spec says classes: {classes}")

    def _keep(self, id: int, sample: Sample) -> None:
        size = 200 + sum(getattr(value, "nbytes", 0) for value in sample.values())
        with self._lock:
            if size <= self._room and id not in self._cache:
                self._room -= size
                self._cache[id] = sample

    def _failed(self, id: int, error: Exception) -> None:
        where = self.source.key(id)
        reason = said(error)
        if self.strict:
            raise DataError(f"{where} cannot be read ({reason})") from error
        if id not in self._told:
            self._told.add(id)
            _log.warning("%s cannot be read (%s): the next sample stands in for it", where, reason)
        self._count(1)
        early = self.failures > max(_FEW, _MANY * self.seen)
        if early or (self.seen >= _SETTLED and self.failures > FAILURE_RATE * self.seen):
            raise DataError(
                f"{self.failures} of {self.seen} samples could not be read, and more than {_MANY if early else FAILURE_RATE:.0%}"
                f" stops a run; the last: {where} ({reason})"
            ) from error

    def _count(self, failures: int) -> None:
        with self._lock:
            self.seen += 1
            self.failures += failures


def choose(values: list[Any], u: np.ndarray) -> list[Any]:
    """One of each list by `u` in [0, 1) `[B]`; what is not a list stays."""
    return [
        value[int(share * len(value))] if isinstance(value, list) else value
        for value, share in zip(values, u, strict=True)
    ]
