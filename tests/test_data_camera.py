"""Disparities by the sensor that took each map: from a file beside the map to the batch, and to what is encoded."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checking import changed, findings, program  # noqa: E402
from compiled import package  # noqa: E402
from PIL import Image  # noqa: E402
from test_check_media import MEDIA  # noqa: E402

from vfmc.plan.contract import contract  # noqa: E402
from vfmc.runtime import open_run, train  # noqa: E402
from vfmc.runtime.data.decode import decode  # noqa: E402
from vfmc.runtime.data.errors import DataError, SampleError  # noqa: E402
from vfmc.runtime.data.loader import Loader, evaluation_loader  # noqa: E402
from vfmc.runtime.data.sources import Beside, Source, open_source  # noqa: E402
from vfmc.runtime.evaluate import evaluate  # noqa: E402
from vfmc.runtime.evaluate.held_out import encode, open_data  # noqa: E402

TEXT = changed(
    ("  heat: thermal\n", "  heat: thermal\n  lens: camera\n"),
    ("near: {use: disparity, of: distance, focal: 518.9}", "near: {use: disparity, of: distance, focal: 500.0, camera: lens}"),
    ("{use: random_resized_crop, of: image, size: 32}", "{use: random_resized_crop, of: image, size: 32, scale: [1.0, 1.0], ratio: [1.0, 1.0]}"),
    ("normalize: {mean: 0.0418, std: 0.0295}", "normalize: none"),
    text=MEDIA,
)  # fmt: skip
CAMERAS = [(529.5, 0.075), (570.34, 0.095), (693.74, 0.095), (365.0, 0.075)]
METRES = [2.0, 2.0, 1.0, 0.5]


def data(text: str) -> ModuleType:
    made = contract(program(text))
    found = ModuleType("data")
    found.INPUTS, found.PHASES = made.inputs, made.phases  # type: ignore[attr-defined]
    return found


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Four rooms of one depth each, as SUN RGB-D keeps them: millimetres whose bits are rotated, and each its own camera."""
    path = tmp_path / "rooms-0.tar"
    with tarfile.open(path, "w") as tar:
        for place, ((focal, baseline), metres) in enumerate(zip(CAMERAS, METRES, strict=True)):
            millimetres = np.full((40, 40), round(1000 * metres), np.uint16)
            rotated = (millimetres << 3) | (millimetres >> 13)
            for name, value in (
                ("jpg", Image.new("RGB", (40, 40), (90, 90, 90))),
                ("depth.png", Image.fromarray(rotated)),
                ("lens.json", json.dumps({"sensor": "any", "focal": focal, "baseline": baseline}).encode()),
            ):
                file = io.BytesIO(value if isinstance(value, bytes) else b"")
                if not isinstance(value, bytes):
                    value.save(file, name.rpartition(".")[2].replace("jpg", "jpeg"))
                entry = tarfile.TarInfo(f"{place}.{name}")
                entry.size = len(file.getvalue())
                tar.addfile(entry, io.BytesIO(file.getvalue()))
    return path


def rooms(path: Path, module: ModuleType) -> Source:
    inputs = {name: module.INPUTS[name] for name in ("image", "distance", "lens")}
    gives = {"distance": "depth.png", "lens": "lens.json"}
    return open_source({"use": "webdataset", "urls": str(path), "gives": gives}, inputs)


def test_every_map_is_converted_by_its_own_sensor(shards: Path) -> None:
    """Baseline times focal length over metres, as a share of 75 pixels; the aligned crop of it reads no camera itself."""
    module = data(TEXT)
    views = module.PHASES["main"]["views"]
    assert views["near"]["reads"] == {"camera": "lens"} and "reads" not in views["deep"]
    source = rooms(shards, module)
    expected = [
        focal * baseline / metres / 75 for (focal, baseline), metres in zip(CAMERAS, METRES, strict=True)
    ]
    assert len({round(each, 3) for each in expected}) == 4
    for found in (
        Loader(module, "main", source, seed=3, batch=4, workers=0, fields=["crop", "deep"]).batch(0)["deep"],
        torch.cat([each["deep"] for each in evaluation_loader(module, source, fields=["deep"], batch=3)]),
    ):
        flat = found.flatten(1)
        assert (flat.amax(1) - flat.amin(1)).max() < 1e-6
        assert sorted(flat[:, 0].tolist()) == pytest.approx(sorted(expected), rel=1e-6)
    batch = Loader(module, "main", source, seed=3, batch=8, workers=0, fields=["crop", "deep"]).batch(0)
    assert set(batch) == {"crop", "deep"}, "no tower reads a camera"


def test_training_asks_for_the_camera_and_the_check_for_its_place(shards: Path) -> None:
    module = data(TEXT)
    inputs = {name: module.INPUTS[name] for name in ("image", "distance")}
    source = open_source(
        {"use": "webdataset", "urls": str(shards), "gives": {"distance": "depth.png"}}, inputs
    )
    with pytest.raises(DataError, match=r"the batch needs .*lens"):
        Loader(module, "main", source, seed=3, batch=4, workers=0, fields=["crop", "deep"])
    [alone] = evaluation_loader(module, source, fields=["deep"], batch=4)  # a map that is encoded without one
    assert sorted(alone["deep"][:, 0, 0, 0].tolist()) == pytest.approx(
        sorted(500 * 0.075 / metres / 75 for metres in METRES), rel=1e-6
    )
    said = findings(
        changed(('"pairs.csv"', '"pairs.csv", gives: [image, distance], feeds: [see]'), text=TEXT)
    )
    assert [found.message for found in said if found.code == "DAT404"] == [
        "`pairs` feeds `see`, which needs `lens`"
    ]


def test_a_camera_is_read_by_no_tower_and_is_one() -> None:
    [found] = findings(changed(("camera: lens", "camera: heat"), text=TEXT))[:1]
    assert found.code in ("REF105", "SHP201") and "camera" in found.message
    [found] = findings(changed(("depth: {from: deep,", "depth: {from: lens,"), text=TEXT))[:1]
    assert "camera" in found.message


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"focal": 529.5}, "its camera has no `baseline`: it holds focal"),
        (
            {"focal": "wide", "baseline": 0.075},
            "the `focal` of its camera is wide, which is no number above 0",
        ),
        ({"focal": 529.5, "baseline": -1}, "the `baseline` of its camera is -1"),
        (b"{", "its JSON is broken"),
        (b"[529.5, 0.075]", "a camera is an object such as"),
    ],
)
def test_what_is_no_camera_is_told(given: Any, said: str) -> None:
    with pytest.raises(SampleError, match=said):
        decode(given, {"kind": "camera"})


SPEC = """
vfmc: 1
name: rooms
inputs: {image: image, far: {use: depth, encoding: millimetres}, lens: camera}
views:
  crop: {use: random_resized_crop, of: image, size: 16}
  near: {use: disparity, of: far, focal: 50.0, camera: lens, size: 16, max: 20.0}
towers:
  vision: {from: crop, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
  depth: {from: near, pipe: [{use: patches, size: 8, width: 16}, mean, {use: linear, out: 8}, l2norm]}
losses:
  see: {use: contrastive, a: vision, b: depth, scale: {use: fixed, value: 10.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
data: {absent: ABSENT, workers: 0}
train: {batch: 6, optimizer: {use: adamw, lr: 1.0e-3}, for: 2 steps}
eval: {seen: {use: retrieval, a: vision, b: depth, data: held_out}}
"""


def table(folder: Path, lacking: tuple[int, ...] = ()) -> Path:
    """Six rooms, whose cameras stand in files of their own."""
    rows = ["path,depth,camera"]
    for number in range(6):
        noise = np.random.default_rng(number)
        Image.fromarray(noise.integers(0, 255, (20, 20, 3), dtype=np.uint8)).save(folder / f"{number}.png")
        Image.fromarray(noise.integers(500, 9000, (20, 20), dtype=np.uint16)).save(
            folder / f"{number}.depth.png"
        )
        (folder / f"{number}.json").write_text(json.dumps({"focal": 100.0 + 200 * number, "baseline": 0.1}))
        rows.append(f"{number}.png,{number}.depth.png," + f"{number}.json" * (number not in lacking))
    (folder / "pairs.csv").write_text("\n".join(rows))
    return folder / "pairs.csv"


def test_a_table_trains_is_evaluated_and_encoded_with_its_cameras(tmp_path: Path) -> None:
    data = table(tmp_path)
    folder = package(SPEC.replace("ABSENT", "error")).folder
    train(folder, tmp_path / "run", data=str(data), device="cpu", quiet=True)
    model = open_run(tmp_path / "run", device="cpu")
    maps = [tmp_path / f"{number}.depth.png" for number in range(6)]
    cameras = [tmp_path / f"{number}.json" for number in range(6)]
    values = [Beside(map_, {"lens": camera}) for map_, camera in zip(maps, cameras, strict=True)]
    where = {"tower": "depth", "view": "near"}
    found = model.encode("depth", values, **where)
    alike = [
        Beside(map_, {"lens": {"focal": (50 + 100 * n), "baseline": 0.2}}) for n, map_ in enumerate(maps)
    ]
    torch.testing.assert_close(model.encode("depth", alike, **where), found)
    assert (model.encode("depth", maps, **where) - found).abs().max() > 1e-3, "by the numbers of the view"
    held = open_data(model, {"data": str(data)}, (where,), both=False)
    torch.testing.assert_close(encode(model, held, where)[0], found)
    assert evaluate(tmp_path / "run", device="cpu")


def test_a_sample_without_its_camera_is_left_out_of_the_loss(tmp_path: Path) -> None:
    made = package(SPEC.replace("ABSENT", "masked"))
    wanted = {name: made.data.INPUTS[name] for name in ("image", "far", "lens")}
    source = open_source({"use": "csv", "files": str(table(tmp_path, lacking=(1, 4)))}, wanted)
    whole = Loader(made.data, "main", source, seed=0, batch=6, workers=0).batch(0)
    assert whole["lens.present"].sum() == 4 and whole["far.present"].all()
    objective = made.objective.Objective()
    there = whole["lens.present"]
    only = {name: value[there] for name, value in whole.items()}
    torch.testing.assert_close(objective(whole)["see"], objective(only)["see"])
