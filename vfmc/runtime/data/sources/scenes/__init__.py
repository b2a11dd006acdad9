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


class Clip:
    """The video of a scene: any moment of it can be rendered."""

    def __init__(self, scene: Scene, side: int, seconds: float) -> None:
        self.scene, self.side, self.seconds = scene, side, seconds

    def at(self, times: Sequence[float]) -> np.ndarray:
        """The frames of these moments in seconds, uint8 `[T, H, W, 3]`."""
        return np.stack([render.picture(self.scene, self.side, time, self.seconds) for time in times])


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
        seed: int,
        label: str,
        shuffle: Sequence[str],
    ) -> None:
        self.split, self.samples, self.size, self.seconds, self.seed = split, samples, size, seconds, seed
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
        """How an input is made of a scene."""
        kind, size, seconds = entry["kind"], self.size, self.seconds
        if kind == "image":
            return lambda scene: render.picture(scene, size)
        if kind == "video":
            return lambda scene: Clip(scene, size, seconds)
        if kind == "depth":
            if entry.get("encoding") == "disparity":
                raise DataError("scenes give depth in metres: write `encoding: metres` on the input")
            return lambda scene: render.depth(scene, size)
        if kind == "thermal":
            return lambda scene: render.thermal(scene, size)
        if kind == "audio":
            rate = int(entry.get("rate") or 16000)
            return lambda scene: sound.strike(scene, rate, seconds)
        if kind == "signal":
            if entry.get("channels", CHANNELS) != CHANNELS:
                raise DataError(f"scenes give signals of {CHANNELS} channels, not of {entry['channels']}")
            hertz = float(entry.get("rate") or 50)
            return lambda scene: motion.imu(scene, hertz, seconds)
        if kind == "text":
            return lambda scene: captions.captions(scene, moving=True)
        return self._number

    def _number(self, scene: Scene) -> int:
        """The class of a scene: the first factor of the label counts slowest."""
        number = 0
        for name in self.label:
            number = number * len(FACTORS[name]) + getattr(scene, name)
        return number


def _names(factors: Sequence[Sequence[str]]) -> list[str]:
    names = [""]
    for words in factors:
        names = [f"{name} {word}".strip() for name in names for word in words]
    return names


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "scenes", "split": "train" | "test", "samples", "held_out", "size", "seconds", "seed", "label",
    "shuffle"}`.

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
        seed=int(description.get("seed") or 0),
        label=label,
        shuffle=shuffle if split == "train" else [],
    )
