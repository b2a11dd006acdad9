"""Tables, shards and folders that are not as they should be: what can be read rightly is, the rest is told with file and line."""

from __future__ import annotations

import io
import json
import logging
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from vfmc.runtime.data.errors import DataError, SampleError  # noqa: E402
from vfmc.runtime.data.reader import Reader  # noqa: E402
from vfmc.runtime.data.sources import Source, open_source, user_data  # noqa: E402

INPUTS: dict[str, dict[str, Any]] = {
    "caption": {"kind": "text", "length": 8},
    "label": {"kind": "label", "classes": 20},
}
TEXT = "caption,label\na dog,3\n\u00e9t\u00e9,12\n"


def table(folder: Path, text: str | bytes, name: str = "pairs.csv") -> Source:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_source(user_data(path, INPUTS), INPUTS)


def rows(source: Source) -> list[tuple[Any, Any]]:
    return [tuple(source.read(id, ("caption", "label")).values()) for id in range(len(source))]  # type: ignore[misc]


def refused(folder: Path, text: str | bytes, *parts: str) -> None:
    with pytest.raises(DataError) as caught:
        table(folder, text)
    for part in ("pairs.csv", *parts):
        assert part in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-16"),
        TEXT.encode("utf-8-sig"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace("\n", "\r\n").encode("utf-16"),
        b"# from a scraper\n\n# version 2\n" + TEXT.encode(),
        TEXT.replace(",", " , ").replace("a dog ", "a dog").replace("\u00e9 ", "\u00e9").encode(),
        TEXT.replace("3", "3.0").replace("12", "12.0").encode(),
        TEXT.replace("3\n", "3,,\n").encode(),
    ],
)
def test_tables_are_read_whatever_their_encoding_comments_and_separator(tmp_path: Path, data: bytes) -> None:
    source = table(tmp_path, data)
    assert rows(source) == [("a dog", 3), ("\u00e9t\u00e9", 12)] and source.classes is None


def test_lines_are_counted_with_the_comments(tmp_path: Path) -> None:
    source = table(tmp_path, "# one\n# two\n" + TEXT)
    assert [source.key(id) for id in range(2)] == [
        f"{tmp_path / 'pairs.csv'}, line {line}" for line in (4, 5)
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["is empty", "names the columns"]),
        ("# nothing\n", ["is empty"]),
        ("caption,label\n", ["a header and no rows"]),
        ("caption,label\na,1\nb\n", ["line 3: 1 values for 2 columns"]),
        ("caption,label\na,1\na cat, a dog,2\n", ["line 3: 3 values for 2 columns", "in double quotes"]),
        ("caption,label,caption\na,1,b\n", ["2 columns 'caption'", "drop all but one"]),
        ("caption|label\na|1\n", ["has one column", 'separator: "|"']),
        ('caption,label\na,1\n"b,2\nc,3\n', ["line 3", "a double quote that is not closed"]),
        ("caption,label\na,1\n" + '"b,2\n' + "c,3\n" * 150 + 'd",4\n', ["line 3", "double quote"]),
        ("caption,label\na,1\nb,0.25\n", ["line 3: the label 'label' is 0.25", "whole numbers or names"]),
        ("#caption,label\na,1\nb,2\n", ["its header is line 2, after comments", "It has a, 1"]),
        ("caption,label\na,1\n".encode("utf-16-le"), ["zero bytes", "Save it as UTF-8"]),
        (TEXT.encode("latin-1"), ["not in UTF-8", "0xe9"]),
        (TEXT.encode("utf-16")[:-1], ["UTF-8", "byte-order mark says utf-16"]),
    ],
)
def test_tables_that_would_be_misread_are_refused(
    tmp_path: Path, text: str | bytes, parts: list[str]
) -> None:
    refused(tmp_path, text, *parts)


def test_a_row_without_a_label_is_one_sample_that_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = table(tmp_path, "caption,label\na,dog\nb,\nc,cat\n")
    assert source.classes == ["cat", "dog"]
    with caplog.at_level(logging.WARNING, "vfmc"):
        samples = Reader(source, INPUTS, ["caption", "label"])([0, 1, 2])
    assert [sample["label"] for sample in samples] == [1, 0, 0]
    assert "pairs.csv, line 3 cannot be read (it has no label): the next sample" in caplog.text


def test_empty_cells_are_counted_or_told_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    half = "caption,label\n" + "".join(f"{'a' * (i % 2)},1\n" for i in range(12))
    refused(
        tmp_path, half, "6 of the first 12 rows have an empty cell for 'caption'", "line 2", "absent: masked"
    )
    few = table(tmp_path, "caption,label\n" + "a dog,1\n" * 199 + " ,1\n")
    with caplog.at_level(logging.WARNING, "vfmc"):
        samples = Reader(few, INPUTS, ["caption"])(range(200))
    assert all(sample["caption"] == "a dog" for sample in samples)
    assert "line 201 cannot be read (it has no caption)" in caplog.text


def shard(folder: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(folder / "a.tar", "w") as tar:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    return folder / "a.tar"


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"{", "label: its .json is broken"),
        (b"[1]", "label: its .json holds no object with a field label or class"),
        (b'{"label": 1.5}', "label: the label '1.5' is neither"),
        (b"\xff\xfe\xff", "label: its byte-order mark says utf-16"),
        (json.dumps({"label": {"a": 1}}).encode(), "neither a whole number"),
    ],
)
def test_a_broken_label_of_a_shard_is_one_sample_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, part: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    inputs = {"label": INPUTS["label"]}
    path = shard(tmp_path, {"0.json": data, "1.json": b'{"label": "7"}'})
    source = open_source(user_data(path, inputs), inputs)
    read = Reader(source, inputs, ["label"])
    assert [sample["label"] for sample in read([0, 1])] == [7, 7] and read.failures == 1
    with pytest.raises(DataError) as caught:
        Reader(source, inputs, ["label"], strict=True)([0])
    assert part in str(caught.value) and "a.tar, 0 cannot be read" in str(caught.value)


def test_captions_of_a_shard_are_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    inputs = {"caption": INPUTS["caption"]}
    path = shard(tmp_path, {"0.json": b'{"text": 5}', "1.json": b'{"text": ["a", "b"]}'})
    source = open_source(user_data(path, inputs), inputs)
    with pytest.raises(SampleError, match="its caption is 5, which is no text"):
        source.read(0, ["caption"])
    assert source.read(1, ["caption"]) == {"caption": ["a", "b"]}


def test_labels_of_parquet_are_whole_and_captions_that_are_nan_are_none(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(
        arrow.table({"caption": [np.nan, 1.0, 2.0], "label": [1.0, 2.5, np.nan]}), tmp_path / "a.parquet"
    )
    source = open_source(user_data(tmp_path / "a.parquet", INPUTS), INPUTS)
    assert source.read(0, ["caption", "label"]) == {"caption": None, "label": 1}
    with pytest.raises(SampleError, match=r"the label '2\.5' is not a whole number"):
        source.read(1, ["label"])
    parquet.write_table(arrow.table({"caption": ["a"], "label": ["x"]}), tmp_path / "b.parquet")
    parquet.write_table(arrow.table({"caption": ["a"], "label": [""]}), tmp_path / "c.parquet")
    both = open_source({"use": "parquet", "files": [str(tmp_path / f"{n}.parquet") for n in "bc"]}, INPUTS)
    with pytest.raises(SampleError, match="the label '' is none of the classes"):
        both.read(1, ["label"])


def test_lists_of_parquet_keep_their_type_and_captions_are_texts(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    inputs = {"sound": {"kind": "audio", "rate": 8000, "channels": 1}}
    half, full = [[0.5, -1.0]], {"array": [0.5, -1.0], "sampling_rate": 8000}
    columns = {
        "int16": arrow.array([[1 << 14, -(1 << 15)]], arrow.list_(arrow.int16())),
        "int32": arrow.array([[1 << 30, -(1 << 31)]], arrow.large_list(arrow.int32())),
        "uint8": arrow.array([[192, 0]], arrow.list_(arrow.uint8())),
        "nested": arrow.array([[[1 << 14, -(1 << 15)]] * 2], arrow.list_(arrow.list_(arrow.int16()))),
        "hugging_face": arrow.array([full]),
    }
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")
    for column in columns:
        source = open_source(user_data(tmp_path / "a.parquet", inputs, {"sound": column}), inputs)
        assert Reader(source, inputs, ["sound"], strict=True)([0])[0]["sound"].tolist() == half, column
    inputs = {"caption": INPUTS["caption"]}
    for value in ({"a": 1}, b"bytes"):
        parquet.write_table(arrow.table({"caption": [value]}), tmp_path / "b.parquet")
        with pytest.raises(SampleError, match="which is no text"):
            open_source(user_data(tmp_path / "b.parquet", inputs), inputs).read(0, ["caption"])


def test_shards_without_an_end_or_with_a_member_twice_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    inputs = {"caption": INPUTS["caption"]}
    path = shard(tmp_path, {"0.txt": b"a", "1.txt": b"b"})
    assert len(open_source(user_data(path, inputs), inputs)) == 2
    path.write_bytes(path.read_bytes()[:1024])  # the first member, whole
    with pytest.raises(DataError, match=r"a\.tar ends behind 0\.txt without the mark of its end"):
        open_source(user_data(path, inputs), inputs)
    path = shard(tmp_path, {"0.txt": b"a", "0.TXT": b"b"})
    with pytest.raises(DataError, match=r"a\.tar holds 0\.TXT twice"):
        open_source(user_data(path, inputs), inputs)


def test_what_is_wrong_names_the_sample_the_input_and_the_file(tmp_path: Path) -> None:
    inputs: dict[str, dict[str, Any]] = {
        "photo": {"kind": "image", "channels": 3},
        "far": {"kind": "depth", "encoding": "sun_rgbd", "far": None},
        "motion": {"kind": "signal", "channels": 1, "rate": 10.0, "axes": "CL", "time": None},
    }
    Image.new("RGB", (8, 8)).save(tmp_path / "good.jpg")
    Image.effect_noise((64, 64), 90).convert("RGB").save(tmp_path / "cut.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "cut.jpg").read_bytes()[:900])
    (tmp_path / "none.jpg").write_bytes(b"nonsense")
    Image.fromarray(np.full((8, 8), 900, np.uint16)).save(tmp_path / "good.png")
    Image.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / "eight.png")
    np.save(tmp_path / "good.npy", np.zeros((1, 20)))
    (tmp_path / "bad.csv").write_text("when,x\n0,1\n")
    wrong = [
        ("none.jpg,good.png,good.npy", "photo: ", "none.jpg is no image that can be read"),
        ("cut.jpg,good.png,good.npy", "photo ", "cut.jpg: the file is cut off"),
        ("good.jpg,eight.png,good.npy", "far ", "eight.png: a depth map in `encoding: sun_rgbd` has 16 bits"),
        ("good.jpg,good.png,lost.npy", "motion ", "there is no file"),
        ("good.jpg,good.png,bad.csv", "motion ", "bad.csv: the unit of the time stamps in column 'when'"),
    ]
    good = "good.jpg,good.png,good.npy\n" * 120
    (tmp_path / "all.csv").write_text("photo,far,motion\n" + good + "".join(f"{row}\n" for row, *_ in wrong))
    source = open_source(user_data(tmp_path / "all.csv", inputs), inputs)
    for place, (_, name, said) in enumerate(wrong):
        with pytest.raises(DataError) as caught:
            Reader(source, inputs, list(inputs), strict=True)([120 + place])
        text = str(caught.value)
        assert f"all.csv, line {122 + place}" in text and name in text and said in text
