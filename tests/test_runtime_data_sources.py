"""Sources: what they give, in which order, and what they say when files are missing or broken."""

from __future__ import annotations

import gzip
import io
import json
import logging
import shutil
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from vfmc.runtime.data.decode import to_tensor
from vfmc.runtime.data.errors import DataError, SourceMissing
from vfmc.runtime.data.sources import open_source, user_data
from vfmc.runtime.data.sources.digits import CLASSES
from vfmc.runtime.data.sources.files import expand

IMAGE: dict[str, Any] = {"image": {"kind": "image", "channels": 3}}
TEXT: dict[str, Any] = {"caption": {"kind": "text", "length": 8}}
LABEL: dict[str, Any] = {"label": {"kind": "label", "classes": 10}}
ALL = IMAGE | TEXT | LABEL


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def jpeg(colour: int, size: tuple[int, int] = (8, 6)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (colour, colour, colour)).save(file, "JPEG")
    return file.getvalue()


def first_value(source: Any, id: int) -> int:
    return int(to_tensor(source[id]["image"])[0, 0, 0])


# --- digits


def test_digits_are_scikit_learns_scans_with_captions_that_name_them() -> None:
    source, reference = open_source({"use": "digits", "split": "all"}, ALL), load_digits()
    assert len(source) == 1797 and source.classes == CLASSES
    for id in (0, 5, 1796):
        sample = source[id]
        assert sample["label"] == reference.target[id]
        assert np.array_equal(np.rint(reference.images[id] / 16 * 255), sample["image"][..., 1])
        assert len(set(sample["caption"])) == 10
        assert all(CLASSES[sample["label"]] in caption for caption in sample["caption"])
        assert source.key(id) == f"digits/{id}"


@pytest.mark.parametrize(("by", "test"), [("stratified", 360), ("writer", 382)])
def test_digits_splits_share_no_sample(by: str, test: int) -> None:
    parts = [open_source({"use": "digits", "split": split, "by": by}, LABEL) for split in ("train", "test")]
    assert [len(part) for part in parts] == [1797 - test, test]
    names = [{part.key(id) for id in range(len(part))} for part in parts]
    assert len(names[0] | names[1]) == 1797
    held_out = np.bincount([parts[1][id]["label"] for id in range(test)])
    assert held_out.min() >= 34 and held_out.max() <= 41


def test_digits_split_by_writer_falls_between_two_forms() -> None:
    labels = "".join(map(str, load_digits().target))
    assert labels[1415:1455] == "0123456789" * 3 + "0955650989" and labels[:40] == labels[1415:1455]


def test_digits_refuse_an_unknown_split() -> None:
    with pytest.raises(DataError, match="split is train, test or all"):
        open_source({"use": "digits", "split": "valid"}, ALL)


def test_an_unknown_source_and_a_missing_input_are_named() -> None:
    with pytest.raises(DataError, match="no source 'digit'; did you mean 'digits'"):
        open_source({"use": "digit"}, ALL)
    with pytest.raises(DataError, match="'digits' has no depth: of this spec's inputs it gives image"):
        open_source({"use": "digits"}, IMAGE | {"depth": {"kind": "depth"}})


# --- image folders


def make_folders(root: Path) -> Path:
    for name, colours in {"dog": (10, 20), "cat": (30,), "empty": ()}.items():
        (root / name / "deep").mkdir(parents=True)
        for colour in colours:
            (root / name / "deep" / f"{colour}.JPG").write_bytes(jpeg(colour))
    (root / "cat" / "notes.txt").write_text("not an image")
    return root


def test_a_folder_a_class_sorted(tmp_path: Path) -> None:
    source = open_source(user_data(make_folders(tmp_path / "pets"), IMAGE | LABEL), IMAGE | LABEL)
    assert source.classes == ["cat", "dog"] and len(source) == 3
    assert [(first_value(source, id), source[id]["label"]) for id in range(3)] == [(30, 0), (10, 1), (20, 1)]
    assert source.key(1).endswith("dog/deep/10.JPG")


def test_a_split_is_a_sub_folder(tmp_path: Path) -> None:
    make_folders(tmp_path / "pets" / "train")
    source = open_source({"use": "image_folder", "root": "pets", "split": "train"}, LABEL, tmp_path)
    assert source.classes == ["cat", "dog"]


def test_a_flat_folder_gives_images_and_captions_beside_them(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(50))
    with pytest.raises(
        DataError, match=r"has no captions: put them beside the images \(1.txt\), or .*--data pairs.csv"
    ):
        open_source(user_data(tmp_path, IMAGE | TEXT), IMAGE | TEXT)
    (tmp_path / "1.txt").write_text("a grey square\n")
    source = open_source(user_data(tmp_path, IMAGE | TEXT), IMAGE | TEXT)
    assert source[0]["caption"] == "a grey square" and list(source.captions("caption")) == ["a grey square"]
    with pytest.raises(DataError, match="image_folder' has no label"):
        open_source(user_data(tmp_path, LABEL), LABEL)


def test_folders_that_are_missing_or_empty_say_so(tmp_path: Path) -> None:
    with pytest.raises(
        SourceMissing, match="nowhere is not on this machine: train on your own with `vfmc train SPEC --data"
    ):
        open_source({"use": "image_folder", "root": "nowhere"}, IMAGE, tmp_path)
    (tmp_path / "void" / "cat").mkdir(parents=True)
    with pytest.raises(
        DataError, match=r"void holds no image \(.jpg.*one sub-folder a class: FOLDER/cat/1.jpg"
    ):
        open_source({"use": "image_folder", "root": "void"}, IMAGE, tmp_path)
    with pytest.raises(SourceMissing, match="there is no such file or folder"):
        user_data(tmp_path / "nothing", IMAGE)
    (tmp_path / "data.xlsx").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"give a .csv, .tsv or .parquet table, a folder of images, or .tar shards"
    ):
        user_data(tmp_path / "data.xlsx", IMAGE)


# --- tables


def make_table(folder: Path, text: str, name: str = "pairs.csv") -> Path:
    folder.mkdir(exist_ok=True)
    for colour in (10, 20, 30):
        (folder / f"{colour}.jpg").write_bytes(jpeg(colour))
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pairs.csv", 'filepath,title,class\n10.jpg,"one, two",dog\n20.jpg,three,cat\n'),
        ("pairs.tsv", "filepath\ttitle\tclass\n10.jpg\tone, two\tdog\n20.jpg\tthree\tcat\n"),
        ("excel.csv", '\ufeffImage,Extra,Caption,Label\n10.jpg,x,"one, two",dog\n\n20.jpg,x,three,cat\n'),
    ],
)
def test_tables_with_guessed_columns(tmp_path: Path, name: str, text: str) -> None:
    table = make_table(tmp_path / "d", text, name)
    source = open_source(user_data(table, ALL), ALL)
    assert source.classes == ["cat", "dog"] and len(source) == 2
    assert source[0]["caption"] == "one, two" and source[0]["label"] == 1 and first_value(source, 1) == 20
    assert source.key(0) == f"{table}, line 2"
    assert list(source.captions("caption")) == ["one, two", "three"]


def test_the_spec_names_columns_with_gives_and_labels_may_be_numbers(tmp_path: Path) -> None:
    make_table(tmp_path, "a,b,c\n10.jpg,hello,7\n20.jpg,world,3\n", "t.csv")
    gives = {"image": "a", "caption": "b", "label": "c", "other": "c"}
    source = open_source({"use": "csv", "files": "t.csv", "gives": gives}, ALL, tmp_path)
    assert source[0]["label"] == 7 and source.classes is None and source[1]["caption"] == "world"
    assert user_data(tmp_path / "t.csv", IMAGE, {"image": "a"})["columns"] == {"image": "a"}


def test_tables_that_do_not_fit_say_what_there_is(tmp_path: Path) -> None:
    table = make_table(tmp_path, "filepath,titel\n10.jpg,x\n")
    with pytest.raises(
        DataError, match=r"no column for the text 'caption'. It has filepath, titel: rename one"
    ):
        user_data(table, IMAGE | TEXT)
    with pytest.raises(DataError, match=r"no column 'title'; did you mean 'titel'\? It has filepath, titel"):
        open_source(
            {"use": "csv", "files": [str(table)], "columns": {"image": "filepath", "caption": "title"}},
            IMAGE | TEXT,
        )
    with pytest.raises(SourceMissing, match=r"the table 'cc12m.csv' cannot be found on this machine"):
        open_source({"use": "csv", "files": "cc12m.csv", "columns": {}}, IMAGE, tmp_path)
    with pytest.raises(DataError, match="has a header and no rows"):
        open_source(user_data(make_table(tmp_path, "image\n"), IMAGE), IMAGE)
    with pytest.raises(DataError, match="line 3: 1 values for 2 columns"):
        open_source(user_data(make_table(tmp_path, "image,text\n10.jpg,a\n20.jpg\n"), IMAGE), IMAGE)
    table.write_bytes("image,text\n10.jpg,caf\xe9\n".encode("latin-1"))
    with pytest.raises(DataError, match="is not a table in UTF-8"):
        open_source(user_data(table, IMAGE), IMAGE)


def test_missing_images_of_a_table_are_reported_with_their_lines(tmp_path: Path) -> None:
    table = make_table(tmp_path, "image\n10.jpg\nlost.jpg\n20.jpg\n")
    with pytest.raises(
        DataError, match=r"1 of the first 3 images do not exist \(.*pairs.csv, line 3: .*lost.jpg\)"
    ):
        open_source(user_data(table, IMAGE), IMAGE)
    rows = "".join("10.jpg\n" for _ in range(300))
    source = open_source(user_data(make_table(tmp_path, f"image\n{rows}lost.jpg\n"), IMAGE), IMAGE)
    assert len(source) == 301  # one in three hundred is left to the reader


# --- shards


def make_shard(path: Path, samples: list[dict[str, Any]]) -> Path:
    with tarfile.open(path, "w") as tar:
        for sample in samples:
            for extension in sorted(set(sample) - {"__key__"}):
                value = sample[extension]
                text = json.dumps(value) if extension == "json" else str(value)
                data = value if isinstance(value, bytes) else text.encode()
                entry = tarfile.TarInfo(f"{sample['__key__']}.{extension}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize("writer", ["tarfile", "webdataset"])
def test_shards_are_read_in_order(tmp_path: Path, writer: str) -> None:
    if writer == "webdataset":
        writing = pytest.importorskip("webdataset")  # the format's own implementation
    for shard in range(3):
        samples = [
            {"__key__": f"a/{shard}{i}", "jpg": jpeg(shard * 100 + i * 10), "txt": f"{shard}-{i}", "cls": i}
            for i in range(4)
        ]
        path = tmp_path / f"s-{shard:02d}.tar"
        if writer == "webdataset":
            with writing.TarWriter(str(path)) as file:
                for sample in samples:
                    file.write(sample)
        else:
            make_shard(path, samples)
    for urls in ("s-{00..02}.tar", "s-*.tar", ["s-00.tar", "s-{01,02}.tar"]):
        source = open_source({"use": "webdataset", "urls": urls, "samples": 12}, ALL, tmp_path)
        assert len(source) == 12
        assert [source[id]["caption"] for id in range(12)] == [f"{s}-{i}" for s in range(3) for i in range(4)]
        assert abs(first_value(source, 7) - 130) <= 1 and source[7]["label"] == 3
        assert source.key(7) == f"{tmp_path / 's-01.tar'}, a/13"
    assert user_data(tmp_path / "s-{00..02}.tar", ALL)["use"] == "webdataset"


def test_captions_from_json_and_extensions_by_gives(tmp_path: Path) -> None:
    meta = {"caption": "from json", "class": 4, "alt": "other"}
    make_shard(tmp_path / "a.tar", [{"__key__": "x", "rgb.png": jpeg(9), "json": meta}])
    gives = {"image": ["jpg", "rgb.png"]}
    source = open_source({"use": "webdataset", "urls": "a.tar", "gives": gives}, ALL, tmp_path)
    assert source[0]["caption"] == "from json" and source[0]["label"] == 4
    gives = {"image": "rgb.png", "caption": "json:alt"}  # type: ignore[dict-item]
    assert (
        open_source({"use": "webdataset", "urls": "a.tar", "gives": gives}, ALL, tmp_path)[0]["caption"]
        == "other"
    )
    with pytest.raises(
        DataError,
        match=r"has all of image in .jpg;jpeg;png;webp; there are .json, .rgb.png: say with `gives`",
    ):
        open_source({"use": "webdataset", "urls": "a.tar"}, IMAGE, tmp_path)


def test_incomplete_samples_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_shard(
        tmp_path / "a.tar", [{"__key__": "x", "jpg": jpeg(9), "txt": "x"}, {"__key__": "y", "jpg": jpeg(9)}]
    )
    with caplog.at_level(logging.WARNING, "vfmc"):
        source = open_source({"use": "webdataset", "urls": "a.tar"}, IMAGE | TEXT, tmp_path)
    assert len(source) == 1 and "1 of 2 samples lack a file and are left out: a.tar/y" in caplog.text


def test_broken_shards_are_named(tmp_path: Path) -> None:
    whole = make_shard(
        tmp_path / "a.tar", [{"__key__": str(i), "jpg": jpeg(9, (200, 200))} for i in range(5)]
    )
    data = whole.read_bytes()
    for name, content, said in (
        ("cut.tar", data[:2000], "is cut off within|not a readable tar"),
        ("noise.tar", b"<html>404</html>" * 100, "noise.tar is not a readable tar file"),
        ("packed.tar", gzip.compress(data), "packed.tar is compressed: unpack it"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=said):
            open_source({"use": "webdataset", "urls": name}, IMAGE, tmp_path)
    with tarfile.open(tmp_path / "void.tar", "w"):
        pass
    with pytest.raises(DataError, match="holds no files"):
        open_source({"use": "webdataset", "urls": "void.tar"}, IMAGE, tmp_path)


def test_shards_of_a_paper_that_are_not_here_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        SourceMissing,
        match=r"the shards 'laion-\{00000..41455\}.tar' cannot be found on this machine.*--data pairs.csv",
    ):
        open_source(
            {"use": "webdataset", "urls": "laion-{00000..41455}.tar", "samples": 407332084}, ALL, tmp_path
        )
    with pytest.raises(SourceMissing, match="nothing is downloaded"):
        open_source({"use": "webdataset", "urls": "https://a.org/x.tar"}, ALL)
    make_shard(tmp_path / "s-0.tar", [{"__key__": "x", "jpg": jpeg(1)}])
    with pytest.raises(
        SourceMissing, match=r"2 of 3 files of the shards .* are missing, the first is .*s-1.tar"
    ):
        open_source({"use": "webdataset", "urls": "s-{0..2}.tar"}, IMAGE, tmp_path)


def test_the_index_of_a_shard_is_kept_and_made_anew_when_the_shard_changes(tmp_path: Path) -> None:
    path = make_shard(tmp_path / "a.tar", [{"__key__": "x", "jpg": jpeg(1)}])
    describe = {"use": "webdataset", "urls": str(path)}
    open_source(describe, IMAGE)
    (index,) = (tmp_path / "cache" / "vfmc" / "shards").iterdir()
    table = json.loads(index.read_text())
    assert [name for name, _, _ in table["members"]] == ["x.jpg"]
    table["members"][0][0] = "renamed.jpg"
    index.write_text(json.dumps(table))
    assert open_source(describe, IMAGE).key(0).endswith("renamed")  # the kept one is read
    make_shard(path, [{"__key__": "y", "jpg": jpeg(1)}, {"__key__": "z", "jpg": jpeg(1)}])
    assert len(open_source(describe, IMAGE)) == 2
    index.write_text("{")
    assert len(open_source(describe, IMAGE)) == 2
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("no folder")
    assert len(open_source(describe, IMAGE)) == 2


def test_braces() -> None:
    assert list(expand("a-{08..11}.tar")) == ["a-08.tar", "a-09.tar", "a-10.tar", "a-11.tar"]
    assert list(expand("{x,y}/{0..1}")) == ["x/0", "x/1", "y/0", "y/1"]
