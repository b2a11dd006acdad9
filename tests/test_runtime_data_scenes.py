"""The scenes: repeatable, in true units, and each modality tells what it knows and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.data.sources.scenes import captions, geometry, motion, render, sound
from vfmc.runtime.data.sources.scenes.scene import FACTORS, KNOWS, Scene, draw

SIDE, SECONDS, RATE = 24, 2.0, 4000

INPUTS: dict[str, dict[str, Any]] = {
    "image": {"kind": "image", "channels": 3},
    "caption": {"kind": "text"},
    "clip": {"kind": "video"},
    "depth": {"kind": "depth"},
    "heat": {"kind": "thermal"},
    "sound": {"kind": "audio", "rate": RATE},
    "imu": {"kind": "signal", "rate": 50.0, "channels": 6},
    "label": {"kind": "label", "classes": 12},
}

MEDIA: dict[str, Callable[[Scene], np.ndarray]] = {
    "image": lambda scene: render.picture(scene, SIDE),
    "video": lambda scene: np.stack([render.picture(scene, SIDE, t, SECONDS) for t in (0.2, 1.8)]),
    "depth": lambda scene: render.depth(scene, SIDE),
    "thermal": lambda scene: render.thermal(scene, SIDE),
    "audio": lambda scene: sound.strike(scene, RATE, SECONDS / 2),
    "signal": lambda scene: motion.imu(scene, 25.0, SECONDS),
}


def opened(**more: Any) -> Any:
    return open_source({"use": "scenes", "size": SIDE, **more}, INPUTS)


def plain(sample: dict[str, Any]) -> dict[str, Any]:
    """A sample as bytes and words."""
    found = {name: value[0] if isinstance(value, tuple) else value for name, value in sample.items()}
    return {
        name: value.tobytes() if isinstance(value, np.ndarray) else value for name, value in found.items()
    }


def test_a_sample_is_a_function_of_seed_and_number() -> None:
    first, again = opened(), opened()
    assert [plain(first[id]) for id in (5, 2)] == [plain(again[id]) for id in (5, 2)]
    assert plain(first[5])["image"] != plain(opened(seed=1)[5])["image"]
    assert first.key(5) == "scenes/train/5"


def test_the_two_parts_share_no_scene() -> None:
    train, test = opened(samples=3000), opened(split="test", held_out=500)
    assert (len(train), len(test)) == (3000, 500)
    drawn = [part.scene(id).key for part in (train, test) for id in range(len(part))]
    assert len(set(drawn)) == 3500


def test_values_have_the_shapes_and_types_of_the_contract() -> None:
    sample = opened(frames=8)[0]
    assert (sample["imu"][1], sample["clip"][1]) == (50.0, 4.0)
    values = {name: value[0] if isinstance(value, tuple) else value for name, value in sample.items()}
    shapes = {name: (value.shape, value.dtype.name) for name, value in values.items() if name not in ("caption", "label")}  # fmt: skip
    assert shapes == {
        "image": ((SIDE, SIDE, 3), "uint8"),
        "depth": ((1, SIDE, SIDE), "float32"),
        "heat": ((1, SIDE, SIDE), "uint8"),
        "sound": ((1, 2 * RATE), "float32"),
        "imu": ((6, 100), "float32"),
        "clip": ((8, SIDE, SIDE, 3), "uint8"),
    }
    assert np.abs(values["clip"][0].astype(int) - sample["image"]).mean() < 6, "the noise alone differs"
    assert 0.3 <= np.abs(sample["sound"]).max() <= 1.0


@pytest.mark.parametrize("medium", MEDIA)
def test_what_a_medium_cannot_know_leaves_no_trace_in_it(medium: str) -> None:
    """Sound does not depend on colour, nor depth on warmth: the bytes are equal."""
    make = MEDIA[medium]
    for index in range(3):
        scene = draw(0, "train", index)
        before = make(scene).tobytes()
        for factor, words in FACTORS.items():
            other = dataclasses.replace(scene, **{factor: (getattr(scene, factor) + 1) % len(words)})
            assert (make(other).tobytes() == before) == (factor not in KNOWS[medium]), factor


LEAST = {"image": 0.18, "video": 0.15, "depth": 0.5, "thermal": 0.5, "audio": 0.6, "signal": 0.6}
"""How far above chance a kernel regression on raw values names a factor; material is the hardest to see."""


@pytest.mark.parametrize("medium", ["image", "depth", "thermal", "audio", "signal"])
def test_what_a_medium_knows_can_be_told_from_it(medium: str) -> None:
    """By ridge regression with a Gaussian kernel on raw pixels (of sounds, on short spectra), on other scenes."""
    scenes = [draw(0, "train", index) for index in range(600)] + [draw(0, "test", index) for index in range(200)]  # fmt: skip
    found = np.array([_flat(medium, MEDIA[medium](scene)) for scene in scenes])
    found -= found[:600].mean(0)
    squares = (found**2).sum(1)
    apart = squares[:, None] + squares - 2 * found @ found.T
    kernel = np.exp(-2 * apart / np.median(apart))
    for factor in KNOWS[medium]:
        truth = np.array([getattr(scene, factor) for scene in scenes])
        count = len(FACTORS[factor])
        weights = np.linalg.solve(
            kernel[:600, :600] + 0.01 * np.eye(600), np.eye(count)[truth[:600]] - 1 / count
        )
        right = ((kernel[600:, :600] @ weights).argmax(1) == truth[600:]).mean()
        assert right > 1 / count + LEAST[medium], (factor, right)


def _flat(medium: str, value: np.ndarray) -> np.ndarray:
    if medium != "audio":
        return value.ravel().astype(float)
    windows = np.abs(np.fft.rfft(value.reshape(8, -1) * np.hanning(value.size // 8)))[:, : value.size // 20]
    return np.log(0.01 + windows.reshape(8, -1, 4).mean(2)).ravel()


def test_two_frames_show_the_motion() -> None:
    """Between the first and the last quarter the object moves as the caption says; at rest only the noise differs."""
    shifts: dict[str, list[np.ndarray]] = {}
    for index in range(60):
        scene = draw(0, "train", index)
        first, last = ((_object(scene, time)) for time in (0.4, 1.6))
        shifts.setdefault(scene.words()["motion"], []).append(last - first)
    means = {name: np.mean(found, axis=0) for name, found in shifts.items()}
    right, down, area = (np.array([means[name][i] for name in FACTORS["motion"]]) for i in range(3))
    assert FACTORS["motion"][right.argmin()] == "slides left"
    assert FACTORS["motion"][right.argmax()] == "slides right"
    assert FACTORS["motion"][down.argmin()] == "is lifted"
    assert FACTORS["motion"][area.argmax()] == "comes closer"
    assert np.abs(means["rests"]).max() == 0


def _object(scene: Scene, time: float) -> np.ndarray:
    """Column, row and area of the object by its outline."""
    shift, turn = motion.path(scene, np.array([time]), SECONDS)
    hit = geometry.meet(
        geometry.place(scene, shift[0], float(turn[0])), geometry.EYE, geometry.rays(SIDE)
    ).t.reshape(SIDE, SIDE)
    rows, columns = np.nonzero(np.isfinite(hit))
    return np.array([columns.mean(), rows.mean(), len(rows)])


def test_depth_is_the_distance_along_the_optical_axis() -> None:
    """A sphere's nearest point, and the wall's distance by trigonometry."""
    scene = dataclasses.replace(draw(0, "train", 0), shape=0, place=1, size=2)
    side = 201
    metres = render.depth(scene, side)[0]
    right, away = scene.ground
    middle = np.array([right, scene.radius - 1.5, away])
    axis = np.array([0.0, -np.sin(0.28), np.cos(0.28)])
    seen = np.isfinite(
        geometry.meet(geometry.place(scene, np.zeros(3), 0.0), geometry.EYE, geometry.rays(side)).t
    )
    assert metres.ravel()[seen].min() == pytest.approx(middle @ axis - scene.radius, abs=0.02)
    angle = 0.28 - np.arctan(np.tan(0.45) * (1 - 1 / side))  # of the top row: down is positive
    assert metres[0, side // 2] == pytest.approx(7 / np.cos(angle) * np.cos(angle - 0.28), rel=1e-6)


def test_a_thermal_picture_shows_the_temperature() -> None:
    for index in range(6):
        scene = draw(0, "train", index)
        seen = np.isfinite(
            geometry.meet(geometry.place(scene, np.zeros(3), 0.0), geometry.EYE, geometry.rays(48)).t
        )
        celsius = -25 + 0.5 * render.thermal(scene, 48).reshape(-1).astype(float)
        assert celsius[seen].mean() == pytest.approx(scene.celsius, abs=0.6)
        assert celsius[:48].mean() == pytest.approx(20, abs=0.6)


def test_the_sensor_feels_what_moves_the_object() -> None:
    """Its readings, turned back and integrated twice, give the way that the pictures show; gravity points up."""
    for index in range(12):
        scene = draw(0, "train", index)
        quiet = _without_noise(scene)
        shift, turn = motion.path(scene, np.arange(2000) / 1000, SECONDS)
        turned = np.cumsum(quiet[4]) / 1000
        assert turned == pytest.approx(turn, abs=5e-3)
        angle = scene.yaw + turn
        felt = np.stack([
            np.cos(angle) * quiet[0] + np.sin(angle) * quiet[2],
            quiet[1] - 9.81,
            np.cos(angle) * quiet[2] - np.sin(angle) * quiet[0],
        ])  # fmt: skip
        way = np.cumsum(np.cumsum(felt, axis=1), axis=1) / 1000**2
        assert way[:, -1] == pytest.approx(shift[-1], abs=0.01)


def _without_noise(scene: Scene) -> np.ndarray:
    readings = motion.imu(scene, 1000.0, SECONDS).astype(float)
    spread = np.array([0.15] * 3 + [0.03] * 3)[:, None]
    noise = scene.normal("imu.bias", 6)[:, None] + scene.normal("imu.noise", 12000).reshape(6, 2000)
    return readings - spread * noise  # type: ignore[no-any-return]


def test_half_the_size_sounds_an_octave_higher() -> None:
    for material in range(4):
        peaks = []
        for size in (0, 2):
            scene = dataclasses.replace(draw(0, "train", 7), material=material, size=size)
            spectrum = np.abs(np.fft.rfft(sound.strike(scene, 16000, 2.0)[0], 1 << 17))
            low = int(130 / scene.radius * 1.3 * 2**17 / 16000)
            peaks.append(spectrum[:low].argmax() * 16000 / 2**17 * scene.radius)
        assert peaks == pytest.approx([130, 130], rel=0.04)


def test_metal_rings_longer_than_glass_wood_and_rubber() -> None:
    lengths = []
    for material in range(4):
        wave = sound.strike(dataclasses.replace(draw(0, "train", 3), material=material), 8000, 2.0)[0]
        energy = np.cumsum(wave**2) / (wave**2).sum()
        lengths.append(np.searchsorted(energy, 0.9) - np.searchsorted(energy, 0.05))
    wood, metal, glass, rubber = lengths
    assert metal > 2 * glass > 2 * wood > rubber


def test_the_first_caption_names_everything_and_the_others_less() -> None:
    scene = draw(0, "train", 1)
    first, *others = captions.captions(scene, moving=True)
    assert all(word in first for word in scene.words().values())
    assert len(others) == captions.COUNT - 1
    assert any(all(word not in text for word in scene.words().values()) or len(text) < len(first) for text in others)  # fmt: skip
    assert scene.words()["motion"] not in " ".join(captions.captions(scene, moving=False))


def test_labels_are_named_by_their_factors() -> None:
    source = opened()
    assert source.classes[:5] == ["small wooden", "small metal", "small glass", "small rubber", "medium wooden"]  # fmt: skip
    counts = np.bincount([source._number(source.scene(id)) for id in range(1200)], minlength=12)
    assert counts.min() > 70 and counts.max() < 130
    for id in range(20):
        words = source.scene(id).words()
        assert source.classes[source[id]["label"]] == f"{words['size']} {words['material']}"
    assert opened(label="motion").classes == list(FACTORS["motion"])
    with pytest.raises(DataError, match="scenes have no colur to label them by; did you mean 'colour'"):
        opened(label="colur")


def test_shuffled_inputs_come_from_another_scene_in_training_alone() -> None:
    own, mixed = opened(samples=64), opened(samples=64, shuffle=["sound"])
    sounds = {own[id]["sound"].tobytes(): id for id in range(64)}
    others = [sounds[mixed[id]["sound"].tobytes()] for id in range(64)]
    assert sorted(others) == list(range(64)) and sum(a == b for a, b in enumerate(others)) < 8
    assert all(plain(mixed[id])[name] == plain(own[id])[name] for id in range(4) for name in ("image", "clip", "depth"))  # fmt: skip
    held_out = [opened(split="test", shuffle=shuffle)[1]["sound"].tobytes() for shuffle in ([], ["sound"])]
    assert held_out[0] == held_out[1]


def test_factors_and_what_is_known_of_them_by_input() -> None:
    source = opened()
    assert source.factors(4) == {name: getattr(source.scene(4), name) for name in FACTORS}
    assert source.knows["sound"] == ("size", "material") and source.knows["imu"] == ("motion",)
    with pytest.raises(DataError, match="signals of 6 channels, not of 3"):
        open_source({"use": "scenes"}, {"imu": {"kind": "signal", "channels": 3}})


def test_values_come_in_the_form_that_the_input_says_files_have() -> None:
    """What the decoders make of them is the same: metres, and a row a channel."""
    inputs = {
        "depth": {"kind": "depth", "encoding": "millimetres"},
        "imu": {"kind": "signal", "axes": "LC", "rate": 50.0},
    }
    sample, own = open_source({"use": "scenes", "size": SIDE}, inputs)[3], opened()[3]
    assert np.allclose(sample["depth"] / 1000, own["depth"], rtol=1e-6)
    assert np.array_equal(sample["imu"][0].T, own["imu"][0])
    with pytest.raises(DataError, match="depth in metres or millimetres"):
        open_source({"use": "scenes"}, {"depth": {"kind": "depth", "encoding": "disparity"}})
