"""Few labels: `per_class` keeps so many samples of every label, of any source, and what is held out stays whole."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checking import BASE, only
from PIL import Image
from sklearn.datasets import load_digits

from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.sources import Source, chosen, open_source
from vfmc.runtime.data.sources.base import Sample

IMAGE: dict[str, Any] = {"image": {"kind": "image", "channels": 3}}
LABEL: dict[str, Any] = {"label": {"kind": "label", "classes": 10}}


def digits(inputs: dict[str, Any] = IMAGE | LABEL, **more: Any) -> list[int]:
    """The numbers, in scikit-learn's order, of what a description keeps."""
    source = open_source({"use": "digits", **more}, inputs)
    return [int(source.key(id).removeprefix("digits/")) for id in range(len(source))]


@pytest.mark.parametrize("by", ["stratified", "writer"])
def test_so_many_of_every_label_of_the_part_that_is_trained_on(by: str) -> None:
    few, train = digits(per_class=7, by=by), digits(by=by)
    assert np.bincount(load_digits().target[few]).tolist() == [7] * 10
    assert set(few) < set(train) and few == sorted(few)


def test_more_labels_add_to_fewer_and_another_choice_is_another_set() -> None:
    assert set(digits(per_class=5)) < set(digits(per_class=20)) < set(digits())
    assert digits(per_class=5) == digits(per_class=5, choice=0)
    first, second = set(digits(per_class=20)), set(digits(per_class=20, choice=1))
    assert len(first & second) < 60  # of 200; chance keeps 20 of 144 in common in every class, 28 in all


def test_they_are_the_same_where_the_label_is_no_input() -> None:
    assert digits(IMAGE, per_class=5) == digits(per_class=5)


def test_samples_are_those_of_the_whole_source() -> None:
    source, reference = open_source({"use": "digits", "per_class": 3}, IMAGE | LABEL), load_digits()
    for id, number in enumerate(digits(per_class=3)):
        assert source[id]["label"] == reference.target[number]
        assert np.array_equal(np.rint(reference.images[number] / 16 * 255), source[id]["image"][..., 0])
    assert source.classes is not None and source.classes[3] == "three"


def test_a_label_with_fewer_gives_all_of_them(tmp_path: Path) -> None:
    for name, count in {"cat": 2, "dog": 5}.items():
        (tmp_path / name).mkdir()
        for number in range(count):
            Image.new("RGB", (4, 4)).save(tmp_path / name / f"{number}.png")
    source = open_source({"use": "image_folder", "root": str(tmp_path), "per_class": 3}, IMAGE | LABEL)
    assert [source[id]["label"] for id in range(len(source))] == [0, 0, 1, 1, 1]


def test_rows_without_a_label_are_not_chosen(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("caption,label\na,0\nb,\nc,1\nd,1\n")
    inputs = {"caption": {"kind": "text", "length": 4}, "label": {"kind": "label", "optional": True}}
    source = open_source({"use": "csv", "files": str(table), "per_class": 2}, inputs)
    assert [source[id]["caption"] for id in range(len(source))] == ["a", "c", "d"]
    table.write_text("caption,label\na,\nb,\n")
    with pytest.raises(DataError, match="`per_class: 2` chooses by 'label', which no sample has"):
        open_source({"use": "csv", "files": str(table), "per_class": 2}, inputs)


def test_a_label_that_cannot_be_read_is_not_chosen() -> None:
    class Broken(Source):
        gives = ("label",)

        def __len__(self) -> int:
            return 6

        def read(self, id: int, names: Collection[str]) -> Sample:
            if id % 2:
                raise SampleError("torn")
            return {"label": 0}

        def key(self, id: int) -> str:
            return str(id)

    assert list(chosen(Broken(), {"per_class": 9}, range(6), "label")) == [0, 2, 4]


def test_a_source_without_labels_says_so(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "1.png")
    with pytest.raises(DataError, match="'image_folder' has no label"):
        open_source({"use": "image_folder", "root": str(tmp_path), "per_class": 2}, IMAGE)


def test_a_choice_of_what_is_not_chosen_is_a_finding() -> None:
    found = only(BASE.replace("images: digits", "images: {use: digits, choice: 1}"))
    assert (found.code, found.span.text) == ("REF104", "1")
    assert "per_class: 10" in (found.help or "")
