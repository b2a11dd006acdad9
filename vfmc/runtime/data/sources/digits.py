"""1,797 real scanned digits that scikit-learn carries, with captions: a source for a machine without data.

They are the test file of the UCI set "Optical recognition of handwritten digits" (E. Alpaydin, C. Kaynak,
1998): 8 x 8 counts of dark pixels, 0..16. Its description says that 43 people wrote, 13 of them in this file,
and does not say who wrote which sample.
"""

from __future__ import annotations

import gzip
import importlib.util
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vfmc.runtime.data.errors import DataError, SourceMissing
from vfmc.runtime.data.sources.base import Inputs, Sample, Source
from vfmc.runtime.random import keys, stream, uniform

CLASSES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

CAPTIONS = [
    "a scan of the digit {}",
    "a photo of the number {}",
    "the digit {}, written by hand",
    "a handwritten {}",
    "someone wrote the number {}",
    "a small grey picture of a {}",
    "this is the digit {}",
    "the number {} on white paper",
    "a {} in dark ink",
    "one digit: {}",
]

_LAST_FORMS = 1415
"""The first sample of the last three of the 14 forms, 382 samples (21 %).

The labels repeat one sequence of about 130 digits 14 times (0123456789 three times, then 0955650989841773...,
a few samples left out each time): the preprinted form that each writer filled in. So a form is one person's
hand, as far as the order tells, and forms 3 to 14 can be told apart by it. With 13 writers and 14 forms,
someone filled in two; who is not recorded, so one of the writers held out may also have written a form of the
training part.
"""

_TEST_SHARE = 0.2


class Digits(Source):
    """Images uint8 `[8, 8, 3]`, all ten captions of the class, labels 0..9."""

    classes = CLASSES

    def __init__(self, ids: np.ndarray, pixels: np.ndarray, labels: np.ndarray, inputs: Inputs) -> None:
        self.ids = ids
        self.images = np.repeat(np.rint(pixels * (255 / 16)).astype(np.uint8)[..., None], 3, axis=-1)
        self.labels = labels
        self.kinds = {
            name: entry["kind"]
            for name, entry in inputs.items()
            if entry["kind"] in ("image", "text", "label")
        }
        self.gives = tuple(self.kinds)

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, id: int, names: Collection[str]) -> Sample:
        place = self.ids[id]
        label = int(self.labels[place])
        sample: Sample = {}
        for name in names:
            kind = self.kinds[name]
            if kind == "image":
                sample[name] = self.images[place]
            else:
                sample[name] = [text.format(CLASSES[label]) for text in CAPTIONS] if kind == "text" else label
        return sample

    def key(self, id: int) -> str:
        return f"digits/{self.ids[id]}"


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "digits", "split": "train" | "test" | "all", "by": "stratified" | "writer"}`.

    `stratified` holds out a fifth of every class, chosen by a hash of the sample; `writer` the last three
    forms (`_LAST_FORMS`).
    """
    split, by = description.get("split", "train"), description.get("by", "stratified")
    if split not in ("train", "test", "all") or by not in ("stratified", "writer"):
        raise DataError(
            f"digits(split: {split}, by: {by}): split is train, test or all; by is stratified or writer"
        )
    pixels, labels = _load()
    test = np.arange(len(labels)) >= _LAST_FORMS if by == "writer" else _stratified(labels)
    chosen = np.ones_like(test) if split == "all" else test == (split == "test")
    return Digits(np.flatnonzero(chosen), pixels, labels, inputs)


def _stratified(labels: np.ndarray) -> np.ndarray:
    """Which samples are held out: 360 of 1,797, each class's share by the method of the largest remainder."""
    noise = uniform(keys(0, np.arange(len(labels))), stream("digits.split"), 1)[:, 0]
    shares = np.bincount(labels) * _TEST_SHARE
    counts = np.floor(shares).astype(np.int64)
    rest = math.ceil(_TEST_SHARE * len(labels)) - counts.sum()
    counts[np.argsort(counts - shares, kind="stable")[:rest]] += 1
    test = np.zeros(len(labels), dtype=bool)
    for label, count in enumerate(counts):
        members = np.flatnonzero(labels == label)
        test[members[np.argsort(noise[members])[:count]]] = True
    return test


def _load() -> tuple[np.ndarray, np.ndarray]:
    """Counts `[1797, 8, 8]` and labels `[1797]`, from scikit-learn's own file (importing the package takes a
    second).
    """
    found = importlib.util.find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise SourceMissing("the source 'digits' is a file of scikit-learn: `pip install scikit-learn`")
    file = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    if file.is_file():
        with gzip.open(file, "rt") as lines:
            table = np.loadtxt(lines, delimiter=",")
    else:
        from sklearn.datasets import load_digits

        loaded = load_digits()
        table = np.column_stack([loaded.data, loaded.target])
    return table[:, :64].reshape(-1, 8, 8), table[:, 64].astype(np.int64)
