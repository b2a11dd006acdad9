"""What a scene is: the factors that people name, and the small differences between scenes that nobody names.

Everything is drawn from the scene's key, a factor at a time, so that a scene with one factor replaced
(`dataclasses.replace`) is the same scene otherwise, down to its noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vfmc.runtime.random import key, stream, uniform

FACTORS: dict[str, tuple[str, ...]] = {
    "size": ("small", "medium", "large"),
    "material": ("wooden", "metal", "glass", "rubber"),
    "shape": ("sphere", "cube", "cylinder"),
    "colour": ("red", "yellow", "green", "blue", "purple", "white"),
    "temperature": ("cold", "warm", "hot"),
    "place": ("on the left", "in the middle", "on the right"),
    "motion": ("rests", "slides left", "slides right", "comes closer", "is lifted", "spins"),
}
"""The factors and the words for their values; a scene holds the number of the word."""

STILL = ("size", "material", "shape", "colour", "temperature", "place")

KNOWS: dict[str, tuple[str, ...]] = {
    "image": STILL,
    "video": (*STILL, "motion"),
    "text": (*STILL, "motion"),
    "depth": ("size", "shape", "place"),
    "thermal": ("size", "shape", "temperature", "place"),
    "audio": ("size", "material"),
    "signal": ("motion",),
}
"""Which factors can be told from which medium; the others leave no trace in it."""

RADII = (0.32, 0.5, 0.78)
"""Metres from the middle to the side, by size, give or take 7 %."""

CELSIUS = (-5.0, 40.0, 95.0)
"""By temperature, give or take 4 degrees."""

COLUMNS = (-0.5, 0.0, 0.5)
"""Metres to the right of the camera, by place, give or take 0.1."""


@dataclass(frozen=True)
class Scene:
    """One scene: its factors by number, and its key."""

    key: int
    size: int
    material: int
    shape: int
    colour: int
    temperature: int
    place: int
    motion: int

    def noise(self, name: str, count: int) -> np.ndarray:
        """`count` uniform numbers in [0, 1) for the consumer `name`."""
        return uniform(self.key, stream("scenes", name), count)

    def normal(self, name: str, count: int) -> np.ndarray:
        """`count` numbers of zero mean and unit variance, none beyond 3: sums of three uniform ones, each of 17
        bits of one draw.
        """
        bits = (self.noise(name, count) * 2.0**51).astype(np.int64)
        sums = (bits >> 34) + ((bits >> 17) & 0x1FFFF) + (bits & 0x1FFFF)
        return sums * 2.0**-16 - 3.0  # type: ignore[no-any-return]

    @property
    def radius(self) -> float:
        return RADII[self.size] * (0.93 + 0.14 * float(self.noise("radius", 1)[0]))

    @property
    def celsius(self) -> float:
        return CELSIUS[self.temperature] - 4.0 + 8.0 * float(self.noise("celsius", 1)[0])

    @property
    def ground(self) -> tuple[float, float]:
        """Where the object stands at the beginning: metres to the right, and away from the camera."""
        right, away = self.noise("ground", 2)
        return COLUMNS[self.place] - 0.1 + 0.2 * float(right), 3.3 + 0.4 * float(away)

    @property
    def yaw(self) -> float:
        """The turn about the vertical at the beginning, in radians."""
        return 0.6 * (float(self.noise("yaw", 1)[0]) - 0.5)

    def words(self) -> dict[str, str]:
        """The words for the factors."""
        return {name: values[getattr(self, name)] for name, values in FACTORS.items()}


@lru_cache(maxsize=4096)
def draw(seed: int, split: str, index: int) -> Scene:
    """The scene `index` of a split: every factor by itself, each value as likely as another."""
    own = key(key(seed, stream("scenes", split)), index)
    chances = uniform(own, stream("scenes", "factors"), len(FACTORS))
    chosen = {
        name: int(chance * len(values))
        for (name, values), chance in zip(FACTORS.items(), chances, strict=True)
    }
    return Scene(own, **chosen)
