"""Tables, folders and shards give files of any medium by column, extension or place."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from vfmc.runtime.data.decode import decode  # noqa: E402
from vfmc.runtime.data.errors import DataError, SampleError  # noqa: E402
from vfmc.runtime.data.sources import Source, open_source, user_data  # noqa: E402

soundfile = pytest.importorskip("soundfile")

INPUTS: dict[str, dict[str, Any]] = {
    "image": {"kind": "image", "channels": 3},
    "sound": {"kind": "audio", "rate": 8000, "channels": 1},
    "far": {"kind": "depth", "encoding": "millimetres", "far": None},
    "heat": {"kind": "thermal", "range": [0.0, 65535.0]},
    "motion": {"kind": "signal", "channels": 2, "rate": 10.0, "recorded": 10.0, "axes": "CL", "time": None},
    "film": {"kind": "video", "channels": 3, "recorded": 5.0},
}


def write(folder: Path, number: int, stem: str = "") -> list[Path]:
    """One scene in six files; every value in them tells its number."""
    stem = stem or str(number)
    paths = [
        folder / f"{stem}.{end}" for end in ("jpg", "wav", "depth.png", "thermal.png", "imu.npy", "video.npy")
    ]
    Image.new("RGB", (8, 6), (number * 20,) * 3).save(paths[0], quality=100)
    soundfile.write(paths[1], np.full(80, number / 10), 8000)
    Image.fromarray(np.full((6, 8), number * 1000, np.uint16)).save(paths[2])
    Image.fromarray(np.full((6, 8), number, np.uint8)).save(paths[3])
    np.save(paths[4], np.full((2, 20), number, np.float32))
    np.save(paths[5], np.full((5, 6, 8, 3), number, np.uint8))
    return paths


def numbers(source: Source, id: int) -> dict[str, float]:
    """What every value of a sample says its number is."""
    sample = source.read(id, source.gives)
    scale = {"image": 20.0, "sound": 0.1}
    found = {}
    for name, value in sample.items():
        made = decode(value, INPUTS[name])
        made = made.frames([0.0]) if name == "film" else made
        found[name] = round(made.float().mean().item() / scale.get(name, 1.0), 1)
    return found


def test_a_table_names_files_of_every_medium_and_its_columns_are_guessed(tmp_path: Path) -> None:
    rows = [[path.name for path in write(tmp_path, number)] for number in range(1, 4)]
    header = ["path", "audio_path", "depth", "infrared", "imu", "video"]
    (tmp_path / "all.csv").write_text("\n".join(",".join(row) for row in [header, *rows]))
    source = open_source(user_data(tmp_path / "all.csv", INPUTS), INPUTS)
    for id in range(3):
        assert numbers(source, id) == dict.fromkeys(INPUTS, id + 1)
    (tmp_path / "lost.csv").write_text("sound\n" + "\n".join(f"lost{i}.wav" for i in range(3)))
    with pytest.raises(DataError, match="3 of the first 3 sounds do not exist"):
        open_source(user_data(tmp_path / "lost.csv", {"sound": INPUTS["sound"]}), {"sound": INPUTS["sound"]})


def test_shards_hold_media_by_extension(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        for number in range(1, 4):
            for path in write(tmp_path, number, f"{number:04d}"):
                tar.add(path, path.name)
            if number == 2:
                data = b"nonsense"
                info = tarfile.TarInfo("0002b.wav")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    source = open_source({"use": "webdataset", "urls": str(tmp_path / "all.tar")}, INPUTS)
    assert len(source) == 3
    assert [numbers(source, id) for id in range(3)] == [dict.fromkeys(INPUTS, id + 1) for id in range(3)]
    only = {"sound": INPUTS["sound"]}
    sounds = open_source(
        {"use": "webdataset", "urls": str(tmp_path / "all.tar"), "gives": {"sound": "wav"}}, only
    )
    assert len(sounds) == 4
    with pytest.raises(SampleError):
        decode(sounds.read(2, ["sound"])["sound"], INPUTS["sound"])


def test_a_folder_holds_media_beside_the_images_or_sounds_alone(tmp_path: Path) -> None:
    for number, name in enumerate(("bark", "bark", "rain"), 1):
        (tmp_path / "all" / name).mkdir(parents=True, exist_ok=True)
        write(tmp_path / "all" / name, number)
    source = open_source({"use": "image_folder", "root": str(tmp_path / "all")}, INPUTS)
    assert len(source) == 3
    assert [numbers(source, id) for id in range(3)] == [dict.fromkeys(INPUTS, id + 1) for id in range(3)]
    (tmp_path / "all" / "bark" / "1.wav").unlink()
    with pytest.raises(SampleError, match=r"no audio beside it: 1\.wav or \.flac"):
        source.read(0, ["sound"])
    inputs = {"sound": INPUTS["sound"], "label": {"kind": "label", "classes": 2}}
    sounds = open_source({"use": "image_folder", "root": str(tmp_path / "all")}, inputs)
    assert len(sounds) == 2 and sounds.classes == ["bark", "rain"]
    assert [sounds.read(id, ["label"])["label"] for id in range(2)] == [0, 1]
