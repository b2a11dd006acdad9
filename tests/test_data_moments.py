"""Stretches of several recordings of one scene: of the same moment, where a view says with which."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from checking import only, program  # noqa: E402

from vfmc.plan.contract import contract  # noqa: E402
from vfmc.runtime.data.decode.video import Array  # noqa: E402
from vfmc.runtime.data.views import Program  # noqa: E402
from vfmc.runtime.random import keys  # noqa: E402

TEXT = """
vfmc: 1
name: moments
inputs:
  film: video
  sound: {use: audio, rate: 1000}
  motion: {use: signal, channels: 1, rate: 100}
views:
  seen: {use: frames, of: film, count: 2, seconds: 2.0, size: 32, normalize: none}
  heard: {use: mel, of: sound, bins: 4, frames: 198, seconds: 2.0, low: 0.0, with: seen}
  felt: {use: window, of: motion, seconds: 5.0, with: seen}
towers:
  sight: {from: seen, pipe: [{use: vit, width: 16, depth: 1, heads: 2, patch: 16, frames: 2}, cls, l2norm]}
  ear: {from: heard, pipe: [{use: patches, size: 2, width: 16}, mean, l2norm]}
  skin: {from: felt, pipe: [{use: signal_patches, size: 5, width: 16}, mean, l2norm]}
losses:
  hear: {use: contrastive, a: sight, b: ear, scale: {use: fixed, value: 5.0}}
  feel: {use: contrastive, a: sight, b: skin, scale: {use: fixed, value: 5.0}}
sources: {scenes: {use: csv, files: scenes.csv}}
train: {batch: 8, optimizer: {use: adamw, lr: 1.0e-3}, for: 2 steps}
"""
LENGTH = 10.0  # seconds of every recording, whose values are the time
KEYS = keys(3, np.arange(64))


def views(text: str = TEXT) -> Any:
    return next(iter(contract(program(text)).phases.values()))["views"]


def starts(name: str, medium: str, recording: Any, text: str = TEXT) -> np.ndarray:
    """The first value of the stretch of every key: the second at which it begins."""
    first = [step for step in views(text)[name]["programs"][0] if step["op"] in ("stretch", "sample_frames")]
    made = Program(first, name, 0, medium).each([recording] * len(KEYS), KEYS)
    return np.array([float(each[..., 0].flatten()[0]) for each in made])


def film() -> Array:
    """A hundred pictures a second, of which each byte is the time in twentieths of a second."""
    times = np.arange(0, LENGTH, 0.01)
    return Array(np.broadcast_to((times * 20).astype(np.uint8)[:, None, None, None], (1000, 2, 2, 3)), 100.0)


def time(rate: int) -> Any:
    return torch.arange(int(LENGTH * rate), dtype=torch.float64)[None] / rate


def test_sound_begins_when_the_frames_do() -> None:
    seen, heard = starts("seen", "video", film()) / 20, starts("heard", "audio", time(1000))
    assert np.abs(seen - heard).max() <= 0.06  # a frame is told to a twentieth of a second
    assert seen.max() - seen.min() > 6 and len(set(heard.tolist())) > 60  # drawn anew for every sample


def test_a_longer_window_lies_around_the_frames_as_far_as_the_recording_reaches() -> None:
    seen, felt = starts("seen", "video", film()) / 20, starts("felt", "signal", time(100))
    assert np.abs(felt - np.clip(seen + 1.0 - 2.5, 0.0, LENGTH - 5.0)).max() <= 0.06
    assert (felt == 0).any() and (felt == LENGTH - 5.0).any()


def test_without_the_word_moments_are_drawn_apart() -> None:
    text = TEXT.replace(", with: seen}", "}")
    seen, heard = starts("seen", "video", film(), text) / 20, starts("heard", "audio", time(1000), text)
    assert np.abs(seen - heard).max() > 2
    assert abs(np.corrcoef(seen, heard)[0, 1]) < 0.4


def test_recordings_that_are_shorter_are_taken_whole() -> None:
    short = torch.arange(1500, dtype=torch.float64)[None]
    assert not starts("heard", "audio", short).any()


@pytest.mark.parametrize(
    "change, says",
    [
        (("with: seen}\n  felt", "with: felt}\n  felt"), "`felt` takes the moment of `seen`"),
        (
            ("with: seen}\ntowers", "with: whole}\n  whole: {use: center_crop, of: film, size: 32}\ntowers"),
            "",
        ),
    ],
)
def test_what_draws_no_moment_cannot_be_followed(change: tuple[str, str], says: str) -> None:
    found = only(TEXT.replace(*change))
    assert found.severity.name == "ERROR" and says in found.message
