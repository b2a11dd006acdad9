"""Reading samples: what cannot be read is replaced and counted, too much of it stops the run, and the cache keeps to its budget."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.reader import Reader
from vfmc.runtime.data.sources import open_source, user_data

IMAGE: dict[str, Any] = {"image": {"kind": "image", "channels": 3}}
LABEL: dict[str, Any] = {"label": {"kind": "label", "classes": 10}}


def noise(format: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(file, format)
    return file.getvalue()


def broken_folder(root: Path, good: int, bad: list[bytes]) -> Any:
    root.mkdir(exist_ok=True)
    for i in range(good):
        Image.new("RGB", (8, 6), (i % 250,) * 3).save(root / f"{i:05d}.jpg")
    for i, data in enumerate(bad):
        (root / f"{i * 3:05d}x.jpg").write_bytes(data)
    return open_source(user_data(root, IMAGE), IMAGE)


def test_a_sample_that_cannot_be_read_is_replaced_by_the_next_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = broken_folder(
        tmp_path / "d",
        50,
        [noise("JPEG")[:900], b"", b"\x89PNG\r\n\x1a\n" + b"x" * 50, noise("PNG")[:600]],
    )
    read = Reader(source, IMAGE, ["image"])
    with caplog.at_level(logging.WARNING, "vfmc"):
        samples = read(range(len(source)))
        again = read(range(len(source)))
    paths = [source.key(id) for id in range(len(source))]
    bad = [id for id, path in enumerate(paths) if path.endswith("x.jpg")]
    assert len(bad) == 4 and len(caplog.records) == 4 and paths[bad[0]] in caplog.text
    for id in bad:
        assert samples[id]["image"] is samples[id + 1]["image"] or np.array_equal(
            samples[id]["image"], samples[id + 1]["image"]
        )
    assert all(np.array_equal(a["image"], b["image"]) for a, b in zip(samples, again, strict=True))
    with pytest.raises(DataError, match=r"00000x.jpg cannot be read"):
        Reader(source, IMAGE, ["image"], strict=True)(range(len(source)))


def test_too_many_failures_stop_the_run(tmp_path: Path) -> None:
    mostly_broken = broken_folder(tmp_path / "a", 30, [b"x"] * 70)
    with pytest.raises(
        DataError, match=r"\d+ of \d+ samples could not be read.*the last: .*jpg \(image: .* is no image"
    ):
        Reader(mostly_broken, IMAGE, ["image"], cache_bytes=0)(range(100))
    two_percent = broken_folder(tmp_path / "b", 98, [b"x"] * 2)
    read = Reader(two_percent, IMAGE, ["image"], cache_bytes=0)
    read(range(100))  # too early to tell
    with pytest.raises(DataError, match="more than 1% stops a run"):
        for _ in range(12):
            read(range(100))
    half = Reader(broken_folder(tmp_path / "d", 12, [b"x"] * 12), IMAGE, ["image"])
    with pytest.raises(DataError, match="more than 10% stops a run"):  # small data, a short run
        for _ in range(3):
            half(range(24))
    all_broken = broken_folder(tmp_path / "c", 0, [b"x"] * 3)
    with pytest.raises(DataError, match="can be read"):
        Reader(all_broken, IMAGE, ["image"])([0])


def test_the_cache_keeps_to_its_budget(tmp_path: Path) -> None:
    source = broken_folder(tmp_path / "d", 20, [])
    read = Reader(source, IMAGE, ["image"], cache_bytes=5 * (8 * 6 * 3 + 200))
    first = [sample["image"] for sample in read(range(20))]
    second = [sample["image"] for sample in read(range(20))]
    assert sum(a is b for a, b in zip(first, second, strict=True)) == 5


def test_a_label_outside_the_spec_is_an_error_not_a_failure(tmp_path: Path) -> None:
    broken_folder(tmp_path, 2, [])
    table = tmp_path / "labels.csv"
    table.write_text("image,label\n00000.jpg,3\n00001.jpg,12\n")
    source = open_source(user_data(table, IMAGE | LABEL), IMAGE | LABEL)
    with pytest.raises(DataError, match=r"the label of .*line 3 is 12, and the spec says classes: 10"):
        Reader(source, LABEL, ["label"])([0, 1])
