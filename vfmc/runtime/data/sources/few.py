"""So many samples of every label: a source with few labels, made of one that has more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from vfmc.runtime.data.errors import UNREADABLE, DataError
from vfmc.runtime.data.sources.base import Sample, Source
from vfmc.runtime.random import keys, stream, uniform


class Few(Source):
    """Samples `ids` of a source, as a source of their own."""

    def __init__(self, source: Source, ids: Sequence[int]) -> None:
        self.source, self.ids = source, ids
        self.gives, self.classes = source.gives, source.classes
        self.decoded, self.knows = source.decoded, source.knows

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, id: int, names: Collection[str]) -> Sample:
        return self.source.read(self.ids[id], names)

    def key(self, id: int) -> str:
        return self.source.key(self.ids[id])

    def factors(self, id: int) -> dict[str, int]:
        return self.source.factors(self.ids[id])


def chosen(source: Source, description: Mapping[str, Any], ids: Sequence[int], label: str) -> Sequence[int]:
    """Of `ids`, those that a description of the source keeps: all, or `per_class` samples of every value of the input `label`
    (all of a value that has fewer), ascending.

    They are those with the smallest hashes of their number and `choice`, so that a larger count adds to a smaller one's.
    Samples without a label that can be read are never chosen. Reads all labels, and nothing else.

    Raises `DataError` where no sample has a label.
    """
    count = description.get("per_class")
    if not count:
        return ids
    labels = np.array([_label(source, id, label) for id in ids], np.int64)
    found = np.asarray(ids, np.int64)[labels >= 0]
    labels = labels[labels >= 0]
    if not len(found):
        raise DataError(f"`per_class: {count}` chooses by '{label}', which no sample has")
    noise = uniform(keys(int(description.get("choice") or 0), found), stream("per_class"), 1)[:, 0]
    order = np.lexsort((noise, labels))
    rank = np.arange(len(order)) - np.searchsorted(labels[order], labels[order])
    return np.sort(found[order[rank < count]]).tolist()


def _label(source: Source, id: int, name: str) -> int:
    """The label of a sample, -1 where it has none or none that can be read."""
    try:
        value: Any = source.read(id, (name,))[name]
    except UNREADABLE:
        return -1
    return -1 if value is None else int(value)
