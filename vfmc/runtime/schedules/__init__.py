"""How numbers move between their start and their end, one file a schedule, found by name.

A file `NAME.py` gives `value(settings, start, end, at) -> float`: the number at a `Place`, after the warm-up
(which is `vfmc.runtime.schedule`'s). `settings` is the schedule in the recipe. Learning rates and knobs move
by the same functions; nothing else needs an edit.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from vfmc.runtime.errors import RunError

Duration = dict[str, Any]
Settings = dict[str, Any]


@dataclass(frozen=True)
class Clock:
    """What durations are counted by: samples in an epoch, the global batch, and the length of training in
    steps (None: not yet known).
    """

    samples_per_epoch: int | None
    batch: int
    total: int | None = None
    counted: int | None = None  # the batch of the source that counts epochs, where it has its own

    @property
    def steps_per_epoch(self) -> float:
        """Optimiser steps in an epoch; not a whole number, because epochs follow one another without a
        gap.
        """
        if not self.samples_per_epoch:
            raise RunError(
                "a length in epochs needs the number of samples: give the source `samples:`, or say it in "
                "steps"
            )
        return self.samples_per_epoch / (self.counted or self.batch)

    def steps(self, duration: Duration) -> int:
        """`{"value": number, "unit": "epochs" | "steps" | "samples" | "%"}` in whole steps, rounded up."""
        value, unit = float(duration["value"]), duration["unit"]
        if unit in ("step", "steps"):
            exact = value
        elif unit in ("epoch", "epochs"):
            exact = value * self.steps_per_epoch
        elif unit in ("sample", "samples"):
            exact = value / self.batch
        elif unit == "%":
            if self.total is None:
                raise RunError("a length in % needs the length of training")
            exact = value / 100 * self.total
        else:
            raise RunError(f"a length has no unit '{unit}': epochs, steps, samples and % are known")
        return math.ceil(exact - 1e-9 * max(1.0, abs(exact)))

    def epoch(self, step: int) -> int:
        """The epoch that the first sample of `step` belongs to, from 0."""
        return math.floor(step / self.steps_per_epoch + 1e-9)


@dataclass(frozen=True)
class Place:
    """Where a schedule stands: at `step` of `total`, the first `rising` of which are its warm-up."""

    step: int
    rising: int
    total: int
    clock: Clock

    @property
    def share(self) -> float:
        """How much of the way after the warm-up is done, 0 to 1."""
        return min(max((self.step - self.rising) / max(1, self.total - self.rising), 0.0), 1.0)


Value = Callable[[Settings, float, float, Place], float]


def names() -> list[str]:
    """The schedules there are, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__))


@cache
def find(name: str) -> Value:
    """What the schedule `name` says. Raises `RunError` with the known names."""
    if name not in names():
        raise RunError(f"there is no schedule '{name}': {', '.join(names())} are known")
    value: Value = importlib.import_module(f"{__name__}.{name}").value
    return value


def line(start: float, end: float, share: float) -> float:
    """The point of a straight line at a share of it, held between its ends."""
    return start + (end - start) * min(max(share, 0.0), 1.0)


def half_cosine(start: float, end: float, share: float) -> float:
    """The point of half a cosine at a share of it."""
    return end + (start - end) * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0))) / 2
