"""Parquet: every way that columns hold images, captions and labels; random access in bounded memory."""

from __future__ import annotations

import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vfmc.runtime.data.decode import to_tensor
from vfmc.runtime.data.errors import DataError, SourceMissing
from vfmc.runtime.data.reader import Reader
from vfmc.runtime.data.sources import open_source, parquet, user_data

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

IMAGE: dict[str, Any] = {"image": {"kind": "image", "channels": 3}}
TEXT: dict[str, Any] = {"caption": {"kind": "text", "length": 8}}
LABEL: dict[str, Any] = {"label": {"kind": "label", "classes": 10}}
ALL = IMAGE | TEXT | LABEL


def png(grey: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (4, 3), grey).save(file, "PNG")
    return file.getvalue()


def write(
    path: Path, columns: dict[str, Any], rows: int = 4, metadata: dict[bytes, bytes] | None = None
) -> Path:
    table = pa.table(columns)
    pq.write_table(table.replace_schema_metadata(metadata) if metadata else table, path, row_group_size=rows)
    return path


def grey(value: Any) -> int:
    return int(to_tensor(value)[0, 0, 0])


def pairs(first: int, count: int) -> dict[str, Any]:
    numbers = range(first, first + count)
    return {
        "image": [{"bytes": png(i), "path": None} for i in numbers],
        "text": [f"grey {i}" for i in numbers],
        "label": [i % 3 for i in numbers],
    }


def test_several_files_are_one_source_in_order_and_only_row_groups_are_read(tmp_path: Path) -> None:
    write(tmp_path / "train-00.parquet", pairs(0, 10))
    write(tmp_path / "train-01.parquet", pairs(10, 7))
    description = {"use": "parquet", "files": "train-{00..01}.parquet"}
    source = open_source(description, ALL, tmp_path)
    assert isinstance(source, parquet.Parquet)
    assert len(source) == 17 and source.gives == ("image", "caption", "label")
    for id in (16, 0, 9, 10, 3):
        sample = source[id]
        assert grey(sample["image"]) == id
        assert (sample["caption"], sample["label"]) == (f"grey {id}", id % 3)
    assert source.key(12) == f"{tmp_path / 'train-01.parquet'}, row 2"
    assert source.key(9) == f"{tmp_path / 'train-00.parquet'}, row 9"
    assert list(source.captions("caption", 12)) == [f"grey {i}" for i in range(12)]
    assert len(open_source({"use": "parquet", "files": "train-*.parquet"}, ALL, tmp_path)) == 17


def test_row_groups_are_kept_up_to_a_bound(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 1000), np.uint8)
    file = write(tmp_path / "a.parquet", {"image": [row.tobytes() for row in noise]})
    source = parquet.Parquet([file], {"image": "image"}, {"image": "image"}, None, cache_bytes=10_000)
    kept = []
    for id in [*range(40), 0, 39, 5]:
        column = source._column(id // 4, "image")
        assert column[id % 4].as_py() == noise[id].tobytes()
        kept.append(sum(part.nbytes for part in source._kept.values()))
    assert max(kept) <= 10_000 and len(source._kept) == 2


def test_threads_read_the_same_samples(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", pairs(0, 60))
    source = open_source({"use": "parquet", "files": str(file)}, ALL)
    order = np.random.default_rng(1).permutation(60).tolist() * 2
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda id: grey(source[id]["image"]), order))
    assert found == order


def test_images_are_bytes_structs_or_paths(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for i in (7, 8):
        (tmp_path / "pictures" / f"{i}.png").write_bytes(png(i))
    write(tmp_path / "bytes.parquet", {"image": [png(7), png(8)]})
    write(tmp_path / "paths.parquet", {"file_name": ["7.png", "8.png"]})
    write(
        tmp_path / "both.parquet",
        {"img": [{"bytes": None, "path": "pictures/7.png"}, {"bytes": png(8), "path": "gone.png"}]},
    )
    for name, more in (("bytes", {}), ("paths", {"root": "pictures"}), ("both", {})):
        source = open_source({"use": "parquet", "files": f"{name}.parquet", **more}, IMAGE, tmp_path)
        assert [grey(source[id]["image"]) for id in range(2)] == [7, 8], name


def test_labels_are_numbers_names_of_a_dictionary_or_a_class_label(tmp_path: Path) -> None:
    texts = ["dog", "cat", "dog", "eel"]
    write(tmp_path / "texts.parquet", {"label": texts}, rows=2)
    write(tmp_path / "packed.parquet", {"label": pa.array(texts).dictionary_encode()}, rows=2)
    about = {"info": {"features": {"label": {"names": ["eel", "dog", "cat"], "_type": "ClassLabel"}}}}
    write(
        tmp_path / "declared.parquet",
        {"label": [1, 2, 1, 0]},
        metadata={b"huggingface": json.dumps(about).encode()},
    )
    for name, classes in (
        ("texts", ["cat", "dog", "eel"]),
        ("packed", ["cat", "dog", "eel"]),
        ("declared", ["eel", "dog", "cat"]),
    ):
        source = open_source({"use": "parquet", "files": f"{name}.parquet"}, LABEL, tmp_path)
        assert source.classes == classes
        assert [source.classes[source[id]["label"]] for id in range(4)] == texts


def test_captions_may_be_lists_and_empty_values_are_counted_as_unreadable(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"captions": [["a", "b"], [], None, ["c"]]})
    source = open_source({"use": "parquet", "files": "a.parquet"}, TEXT, tmp_path)
    assert source[0]["caption"] == ["a", "b"]
    for id in (1, 2):
        assert source[id]["caption"] is None
    reader = Reader(source, TEXT, ["caption"])
    assert [sample["caption"] for sample in reader([1, 3])] == [["c"], ["c"]] and reader.failures == 2
    assert list(source.captions("caption")) == ["a", "b", "c"]


def test_the_command_line_guesses_the_columns(tmp_path: Path) -> None:
    file = write(tmp_path / "x.parquet", {"jpg": [png(1)], "title": ["one"], "class": [1]})
    named = {"image": "jpg"}
    description = user_data(file, ALL, named)
    assert description == {
        "use": "parquet",
        "files": [str(file)],
        "columns": {"image": "jpg", "caption": "title", "label": "class"},
    }
    assert grey(open_source(description, ALL)[0]["image"]) == 1
    with pytest.raises(
        DataError, match=r"x.parquet has no column for the image 'image'. It has jpg, title, class"
    ):
        user_data(file, ALL)


def test_mistakes_say_which_file_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SourceMissing, match=r"the parquet files 'none.parquet' cannot be found"):
        open_source({"use": "parquet", "files": "none.parquet"}, IMAGE, tmp_path)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"broken.parquet is not a readable parquet file"):
        open_source({"use": "parquet", "files": "broken.parquet"}, IMAGE, tmp_path)
    write(tmp_path / "a-0.parquet", {"image": [png(1)]})
    write(tmp_path / "a-1.parquet", {"picture": [png(1)]})
    with pytest.raises(DataError, match=r"a-1.parquet has no column 'image'. It has picture"):
        open_source({"use": "parquet", "files": "a-{0..1}.parquet"}, IMAGE, tmp_path)
    monkeypatch.setattr(parquet, "_LARGE", 10)
    with caplog.at_level(logging.WARNING, "vfmc"):
        parquet.Parquet(
            [tmp_path / "a-0.parquet"], {"image": "image"}, {"image": "image"}, None, cache_bytes=20
        )
    assert "row_group_size" in caplog.text
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(DataError, match=r"pip install 'vfmc\[parquet\]'"):
        open_source({"use": "parquet", "files": "a-0.parquet"}, IMAGE, tmp_path)


def test_numbers_that_are_read_as_texts_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "a.parquet", pairs(0, 4))
    description = {"use": "parquet", "files": str(tmp_path / "a.parquet")}
    with caplog.at_level(logging.WARNING, "vfmc"):
        open_source(description | {"gives": {"caption": "text"}}, TEXT)
        assert not caplog.text
        source = open_source(description | {"gives": {"caption": "label"}}, TEXT)
    assert "column 'label'" in caplog.text and "holds numbers" in caplog.text
    assert source.read(2, ["caption"])["caption"] == "2"
