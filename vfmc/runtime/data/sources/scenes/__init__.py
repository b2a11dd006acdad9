"""Rendered scenes that every modality sees: one object of a size, material, shape, colour and temperature in a room,
and how it moves. Nothing is downloaded, and every sample is a function of the seed and its number.

What each modality can tell, and nothing else leaves a trace in it (`scene.KNOWS`):

- `image`: size, material, shape, colour, temperature (what is hot glows, what is cold has frost) and place;
- `video`: the same, and the motion, from two frames on;
- `text`: whatever its captions name: all of it;
- `depth` (metres): size, shape and place; `thermal` (degrees): the temperature as well;
- `audio` (the object is struck): size by the pitch, material by spectrum and decay;
- `signal` (a sensor in the object): the motion.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.order import permute
from vfmc.runtime.data.sources.base import Inputs, Sample, Source, nearest
from vfmc.runtime.data.sources.scenes import captions, motion, render, sound
from vfmc.runtime.data.sources.scenes.scene import FACTORS, KNOWS, Scene, draw
from vfmc.runtime.random import key, stream

CHANNELS = 6  # of the inertial sensor


class Scenes(Source):
    """Scenes by number. `label` is a factor, or several joined by `_` (`size_material`: "small wooden"); inputs
    named in `shuffle` are those of another scene, so that what binds them to the others is lost.
    """

    def __init__(
        self,
        inputs: Inputs,
        *,
        split: str,
        samples: int,
        size: int,
        seconds: float,
        frames: int,
        seed: int,
        label: str,
        shuffle: Sequence[str],
    ) -> None:
        self.split, self.samples, self.size, self.seconds, self.frames = split, samples, size, seconds, frames
        self.seed = seed
        self.labels = [FACTORS[name] for name in label.split("_")]
        self.label = label.split("_")
        self.classes = _names(self.labels)
        self.shuffle = frozenset(shuffle)
        self.ways: dict[str, Callable[[Scene], Any]] = {
            name: self._way(entry)
            for name, entry in inputs.items()
            if entry["kind"] in KNOWS or entry["kind"] == "label"
        }
        self.gives = tuple(self.ways)
        self.knows = {name: KNOWS.get(inputs[name]["kind"], tuple(self.label)) for name in self.gives}

    def __len__(self) -> int:
        return self.samples

    def scene(self, id: int) -> Scene:
        return draw(self.seed, self.split, id)

    def read(self, id: int, names: Collection[str]) -> Sample:
        own, other = self.scene(id), None
        if self.shuffle and not self.shuffle.isdisjoint(names):
            mixed = permute(id, self.samples, key(self.seed, stream("scenes", "shuffle")))
            other = self.scene(int(mixed))
        return {name: self.ways[name](other if other and name in self.shuffle else own) for name in names}

    def key(self, id: int) -> str:
        return f"scenes/{self.split}/{id}"

    def factors(self, id: int) -> dict[str, int]:
        scene = self.scene(id)
        return {name: getattr(scene, name) for name in FACTORS}

    def _way(self, entry: Mapping[str, Any]) -> Callable[[Scene], Any]:
        """How an input is made of a scene, in the form that its entry in the contract says files have."""
        size, seconds = self.size, self.seconds
        if entry["kind"] == "image":
            return lambda scene: render.picture(scene, size)
        if entry["kind"] == "video":
            return self._video
        if entry["kind"] == "depth":
            unit = _UNITS.get(entry.get("encoding", "metres"))
            if unit is None:
                raise DataError(
                    "scenes give depth in metres or millimetres: say so by the input's `encoding`"
                )
            return lambda scene: render.depth(scene, size) * unit
        if entry["kind"] == "thermal":
            return lambda scene: render.thermal(scene, size)
        if entry["kind"] == "audio":
            rate = int(entry.get("rate") or 16000)
            return lambda scene: sound.strike(scene, rate, seconds)
        if entry["kind"] == "signal":
            if entry.get("channels", CHANNELS) != CHANNELS:
                raise DataError(f"scenes give signals of {CHANNELS} channels, not of {entry['channels']}")
            return partial(_signal, float(entry.get("rate") or 50), seconds, entry.get("axes") == "LC")
        if entry["kind"] == "text":
            return lambda scene: captions.captions(scene, moving=True)
        return self._number

    def _video(self, scene: Scene) -> tuple[np.ndarray, float]:
        """Frames uint8 `[T, H, W, 3]`, each of the middle of its time, and how many there are a second."""
        rate = self.frames / self.seconds
        moments = [(frame + 0.5) / rate for frame in range(self.frames)]
        return np.stack([render.picture(scene, self.size, time, self.seconds) for time in moments]), rate

    def _number(self, scene: Scene) -> int:
        """The class of a scene: the first factor of the label counts slowest."""
        number = 0
        for name in self.label:
            number = number * len(FACTORS[name]) + getattr(scene, name)
        return number


def _signal(rate: float, seconds: float, turned: bool, scene: Scene) -> tuple[np.ndarray, float]:
    readings = motion.imu(scene, rate, seconds)
    return readings.T if turned else readings, rate


_UNITS = {"metres": 1.0, "millimetres": 1000.0}


def _names(factors: Sequence[Sequence[str]]) -> list[str]:
    names = [""]
    for words in factors:
        names = [f"{name} {word}".strip() for name in names for word in words]
    return names


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "scenes", "split": "train" | "test", "samples", "held_out", "size", "seconds", "frames", "seed",
    "label", "shuffle"}`.

    The two parts share no scene. `shuffle` touches the training part alone. Sounds and signals come at the rate
    of their input and last `seconds`.
    """
    split = description.get("split") or "train"
    if split not in ("train", "test"):
        raise DataError(f"scenes(split: {split}): split is train or test")
    label = description.get("label") or "size_material"
    for name in label.split("_"):
        if name not in FACTORS:
            raise DataError(f"scenes have no {name} to label them by{nearest(name, FACTORS)}")
    shuffle = description.get("shuffle") or []
    shuffle = [shuffle] if isinstance(shuffle, str) else list(shuffle)
    count = description.get("samples") or 8192 if split == "train" else description.get("held_out") or 960
    return Scenes(
        inputs,
        split=split,
        samples=int(count),
        size=int(description.get("size") or 48),
        seconds=float(description.get("seconds") or 2.0),
        frames=int(description.get("frames") or 2),
        seed=int(description.get("seed") or 0),
        label=label,
        shuffle=shuffle if split == "train" else [],
    )
