"""Views of every medium in batches: aligned crops, disparities, windows, frames, and samples that break late."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checking import changed, program  # noqa: E402
from test_check_media import MEDIA  # noqa: E402

from vfmc.plan.contract import contract  # noqa: E402
from vfmc.runtime.data import geometry  # noqa: E402
from vfmc.runtime.data.decode.video import Film  # noqa: E402
from vfmc.runtime.data.errors import DataError, SampleError  # noqa: E402
from vfmc.runtime.data.example import example_batch  # noqa: E402
from vfmc.runtime.data.loader import Loader, evaluation_loader  # noqa: E402
from vfmc.runtime.data.sources.base import Source  # noqa: E402
from vfmc.runtime.data.views import Program, evaluate_view  # noqa: E402
from vfmc.runtime.random import keys  # noqa: E402

NONE = np.zeros((1, 0))

TEXT = changed(
    ("size: 32}\n  tones", "size: 32, normalize: none, scale: [0.3, 0.8]}\n  tones"),
    ("normalize: {mean: 0.0418, std: 0.0295}", "normalize: none"),
    ("encoding: sun_rgbd", "encoding: metres"),
    ("bins: 128, frames: 204, seconds: 2.0", "bins: 16, frames: 48, seconds: 0.5, time_mask: 4, frequency_mask: 2"),
    ("seconds: 5.0", "seconds: 0.25"),
    (
        "losses:",
        "  imu: {from: moves, pipe: [{use: signal_patches, size: 10, width: 16}, mean, {use: linear, out: 8}, l2norm]}\n"
        "  clips: {from: pair, pipe: [{use: patches, size: 8, frames: 2, width: 16}, mean, {use: linear, out: 8}, l2norm]}\nlosses:\n"
        "  move: {use: contrastive, a: clips, b: imu, scale: {use: fixed, value: 5.0}}",
    ),
    text=MEDIA,
)  # fmt: skip


class Memory(Source):
    """Twelve scenes: a gradient as picture, heat and distance (of half the size), sounds, motions, films; the film number 5 breaks."""

    gives = ("image", "sound", "distance", "heat", "motion", "film")

    def __init__(self, broken: int | None = None) -> None:
        self.broken = broken

    def __len__(self) -> int:
        return 12

    def read(self, id: int, names: Collection[str]) -> dict[str, Any]:
        rows, columns = 40 + 2 * id, 60
        slope = np.linspace(10, 240, columns)[None] * np.linspace(0.4, 1.0, rows)[:, None]
        noise = np.random.default_rng(id)
        everything: dict[str, Any] = {
            "image": np.repeat(slope[..., None], 3, axis=2).astype(np.uint8),
            "heat": slope.astype(np.uint8),
            "distance": 0.075 * 518.9 / (75 * slope[::2, ::2] / 255),
            "sound": noise.standard_normal((1, 12000 + 1000 * id)).astype(np.float32) * 0.1,
            "motion": noise.standard_normal((6, 150 + id)),
            "film": (
                np.full((30, 36, 48, 3), id * 10, np.uint8)
                + np.arange(30, dtype=np.uint8)[:, None, None, None],
                10.0,
            ),
        }
        return {name: everything[name] for name in names}

    def key(self, id: int) -> str:
        return f"scene {id}"


@pytest.fixture(scope="module")
def module() -> ModuleType:
    made = contract(program(TEXT))
    found = ModuleType("data")
    found.INPUTS, found.PHASES = made.inputs, made.phases  # type: ignore[attr-defined]
    return found


FIELDS = ("crop", "tones", "deep", "warm", "moves", "pair")


def test_every_field_has_the_shape_and_kind_of_the_contract(module: ModuleType) -> None:
    batch = Loader(module, "main", Memory(), seed=1, batch=6, workers=0).batch(0)
    fields = module.PHASES["main"]["batch"]
    assert set(batch) == set(FIELDS) == set(fields)
    for name, value in batch.items():
        assert list(value.shape) == [6, *fields[name]["shape"]] and value.dtype == torch.float32, name
    kinds = [fields[name]["kind"] for name in FIELDS]
    assert kinds == ["image", "audio", "depth", "thermal", "signal", "video"]
    example = example_batch(module.PHASES["main"], 3)
    assert {name: value.shape[1:] for name, value in example.items()} == {
        name: value.shape[1:] for name, value in batch.items()
    }


def test_neither_micro_batches_nor_workers_change_a_sample(module: ModuleType) -> None:
    whole = Loader(module, "main", Memory(), seed=1, batch=8, workers=0).batch(3)
    parts = Loader(module, "main", Memory(), seed=1, batch=8, accumulate=4, workers=0)
    micro = [parts.batch(3, number) for number in range(4)]
    threads = next(iter(Loader(module, "main", Memory(), seed=1, batch=8, workers=2, start_step=3, steps=1)))
    for name in FIELDS:
        assert torch.equal(whole[name], torch.cat([each[name] for each in micro])), name
        assert torch.equal(whole[name], threads[name]), name


def test_aligned_crops_show_the_same_place_at_any_resolution(module: ModuleType) -> None:
    batch = Loader(module, "main", Memory(), seed=2, batch=12, workers=0).batch(0)
    grey = batch["crop"][:, :1]
    assert (batch["warm"] - grey).abs().max() < 0.02
    assert (batch["deep"] - grey).abs()[..., 2:-2, 2:-2].max() < 0.04
    flipped = grey[..., 0] > grey[..., -1]
    assert 0 < flipped.float().mean() < 1
    other = Loader(module, "main", Memory(), seed=3, batch=12, workers=0).batch(0)
    assert (other["deep"] - batch["deep"]).abs().max() > 0.1


def test_evaluation_gives_a_tensor_a_clip_and_nothing_is_drawn(module: ModuleType) -> None:
    found = [
        torch.cat(
            [batch[name] for batch in evaluation_loader(module, Memory(), fields=[name], batch=5, workers=1)],
            dim,
        )
        for name, dim in (("tones", 1), ("pair", 1), ("moves", 0), ("deep", 0))
    ]
    assert [list(value.shape) for value in found] == [
        [3, 12, 1, 16, 48], [15, 12, 3, 2, 32, 32], [12, 6, 100], [12, 1, 32, 32],
    ]  # fmt: skip
    again = torch.cat(
        [b["tones"] for b in evaluation_loader(module, Memory(), fields=["tones"], batch=12)], 1
    )
    assert torch.equal(found[0], again)


def test_frames_of_a_clip_are_cropped_alike_and_come_in_order() -> None:
    film = np.arange(40, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 8, 16, 3), np.uint8)
    film[:, :, 8:] += 100
    steps = [
        {"op": "sample_frames", "count": 4, "seconds": 2.0, "clip": [1, 2]},
        {"op": "random_resized_crop", "size": [4, 4], "scale": [0.2, 0.9], "interpolation": "nearest"},
        {"op": "flip", "p": 0.5},
    ]

    class Two(Film):
        seconds = 4.0

        def frames(self, moments: Any) -> torch.Tensor:
            assert moments[0] == 2.0 and 3.99 < moments[-1] < 4.0
            return torch.from_numpy(film[[int(m * 10) for m in moments]]).permute(0, 3, 1, 2)

    made = Program(steps, medium="video")([Two()] * 20, keys(0, np.arange(20)))
    assert made.shape == (20, 3, 4, 4, 4)
    assert (made[:, 0].diff(dim=1) > 5).all()  # later frames are lighter
    edges = made[:, 0] >= 100
    assert (
        all((edges[:, 0] == edges[:, frame]).all() for frame in range(4)) and edges.any() and not edges.all()
    )
    sides = [{"op": "side_crop", "size": [8, 8], "place": [i, 3]} for i in range(3)]
    shown = evaluate_view([torch.arange(16).expand(3, 8, 16).to(torch.uint8)], [[side] for side in sides])
    assert (shown[:, 0, 0, 0, 0] * 255).round().tolist() == [0, 4, 8]


def test_a_film_that_breaks_late_is_counted_and_its_neighbour_stands_in(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Memory()
    loader = Loader(module, "main", source, seed=1, batch=12, workers=0, fields=["pair"])
    whole = loader.batch(0)["pair"]
    real = Memory.read

    class Broken(Film):
        seconds = 3.0

        def frames(self, moments: Any) -> torch.Tensor:
            raise SampleError("it is cut off")

    def decoded(value: Any, entry: Any) -> Any:
        return Broken() if value[0][0, 0, 0, 0] == 50 else original(value, entry)

    from vfmc.runtime.data.decode import video

    original = video.decode
    monkeypatch.setattr(video, "decode", decoded)
    again = Loader(module, "main", source, seed=1, batch=12, workers=0, fields=["pair"])
    made = again.batch(0)["pair"]
    same = [bool(torch.equal(a, b)) for a, b in zip(whole, made, strict=True)]
    assert again.failures == 1 and same.count(False) == 1
    with pytest.raises(DataError, match=r"scene 5 cannot be read \(pair: it is cut off\)"):
        list(evaluation_loader(module, source, fields=["pair"]))
    assert Memory.read is real


def test_maps_are_resized_without_rounding() -> None:
    plane = torch.linspace(0, 1, 12)[None, None, None].expand(2, 1, 10, 12).contiguous()
    for interpolation in ("bilinear", "bicubic", "lanczos"):
        made = geometry.resize(plane, NONE, size=[5, 24], interpolation=interpolation)
        expected = (torch.arange(24) + 0.5) / 2 / 11 - 0.5 / 11
        assert made.dtype == torch.float32 and (made[0, 0, 2] - expected)[6:-6].abs().max() < 5e-3
    boxes = np.array([[0, 0, 10, 6], [0, 6, 10, 6]])
    halves = geometry._resize_boxes(plane, boxes, (10, 6), "bilinear")
    assert torch.equal(halves[0, 0], plane[0, 0, :, :6]) and torch.equal(halves[1, 0], plane[0, 0, :, 6:])


def test_disparity_by_its_formula_and_cut_at_both_ends() -> None:
    depth = torch.tensor([[[[0.0, 0.5, 2.0, 100.0]]]])
    made = geometry.disparity(depth, NONE, baseline=0.075, focal=518.9, near=0.01, far=50.0, most=75.0)
    pixels = [0.075 * 518.9 / metres for metres in (0.01, 0.5, 2.0, 50.0)]
    assert made.flatten().tolist() == pytest.approx([min(each, 75.0) / 75 for each in pixels])


def test_colours_of_maps_are_not_changed() -> None:
    for medium in ("depth", "thermal", "audio"):
        with pytest.raises(DataError, match=f"no operation 'grayscale' on {medium}"):
            Program([{"op": "grayscale"}], medium=medium)


def test_signals_are_normalised_by_channel() -> None:
    steps = [
        {"op": "stretch", "length": 4, "clip": [0, 1]},
        {"op": "fit", "length": 4},
        {"op": "normalize", "mean": [0.0, 10.0], "std": [1.0, 2.0]},
    ]
    made = evaluate_view([torch.tensor([[1.0] * 6, [14.0] * 6])], [steps], medium="signal")
    assert made.tolist() == [[[1.0] * 4, [2.0] * 4]]


def test_a_stretch_that_is_mostly_zeros_is_told_once_for_its_rate_may_be_wrong(
    caplog: pytest.LogCaptureFixture,
) -> None:
    program = Program(
        [{"op": "stretch", "length": 100}, {"op": "fit", "length": 100}], "felt", medium="signal"
    )
    program([torch.ones(6, 60), torch.ones(6, 300)], np.zeros(2, np.int64))
    assert not caplog.text
    for _ in range(2):
        made = program([torch.ones(6, 40)], np.zeros(1, np.int64))
    assert made.sum() == 240 and made.shape == (1, 6, 100)
    assert caplog.text.count("view 'felt': a sample fills 40 of 100 places") == 1
    assert "its rate is another than the spec says" in caplog.text
