"""Durations in steps, and numbers that move with the step: learning rates and knobs, in the exact forms of
the papers.

Every function here is a pure function of the step, so that a resumed run needs no state of a schedule.

Forms of warm-up and cosine, with lr `b`, end `e`, warm-up `W` and length `T` in steps, for step `s` from 0:

- `mae` (the default): `s < W: b s / W`, then `e + (b - e)(1 + cos(pi (s - W) / (T - W))) / 2`. MAE's
  `lr_sched.py`; the same numbers as transformers' `get_cosine_schedule_with_warmup`. The default because it
  is continuous, takes each value once, and depends on the share of training only, so that another batch size
  leaves the curve where it was.
- `dino`: `linspace(0, b, W)[s]`, which includes `b`, then the cosine: the peak stands twice (DINO
  `utils.cosine_scheduler`; iBOT, DINOv2).
- `clip`: `b (s + 1) / W`, then the cosine (open_clip `scheduler.py`): no step is lost on a rate of 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
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
        return self.samples_per_epoch / self.batch

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


def _cosine(start: float, end: float, at: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(max(at, 0.0), 1.0))) / 2


def _linear(start: float, end: float, at: float) -> float:
    return start + (end - start) * min(max(at, 0.0), 1.0)


WARMUPS: dict[str, Callable[[int, int], float]] = {
    "mae": lambda step, length: step / length,
    "dino": lambda step, length: step / (length - 1) if length > 1 else 0.0,
    "clip": lambda step, length: (step + 1) / length,
}


def learning_rate(settings: Settings, base: float, step: int, total: int, clock: Clock) -> float:
    """The learning rate at `step` of a schedule that spans `total` steps.

    `settings` is `{"use": "cosine" | "linear" | "constant" | "step", "warmup": duration, "end": rate,
    "start": rate, "form": form}`; `step` has `at` (durations) and `factor`. `end` and `start` (where the
    warm-up begins) are absolute rates.
    """
    warmup, form = settings.get("warmup"), settings.get("form", "mae")
    if form not in WARMUPS:
        raise RunError(f"the schedule has no form '{form}': {', '.join(WARMUPS)} are known")
    rising = clock.steps(warmup) if warmup else 0
    if step < rising:
        return _linear(float(settings.get("start") or 0.0), base, WARMUPS[form](step, rising))
    end, at = float(settings.get("end") or 0.0), (step - rising) / max(1, total - rising)
    use = settings["use"]
    if use == "cosine":
        return _cosine(base, end, at)
    if use == "linear":
        return _linear(base, end, at)
    if use == "constant":
        return base
    if use == "step":
        passed = sum(step >= clock.steps(mark) for mark in settings["at"])
        return max(base * float(settings.get("factor", 0.1)) ** passed, end)
    raise RunError(f"there is no schedule '{use}': cosine, linear, constant and step are known")


def knob(settings: Settings | float, step: int, total: int, clock: Clock) -> float:
    """The absolute value of a knob at `step`.

    `cosine` and `linear` go from `start` to `end` over `total` steps (after a `warmup`, at `start`
    meanwhile); `warmup` is `linspace(start, end, n)` over `for`, counted in epochs (`every: epoch`: DINO's
    teacher temperature) or steps, then `end`; a number stays.
    """
    if isinstance(settings, int | float):
        return float(settings)
    use = settings["use"]
    if use == "constant":
        return float(settings["value"])
    start, end = float(settings["start"]), float(settings["end"])
    if use in ("cosine", "linear"):
        rising = clock.steps(settings["warmup"]) if settings.get("warmup") else 0
        at = (step - rising) / max(1, total - rising)
        return _cosine(start, end, at) if use == "cosine" else _linear(start, end, at)
    if use == "warmup":
        length = clock.steps(settings["for"])
        index, count = step, length
        if settings.get("every", "step") == "epoch":
            index, count = clock.epoch(step), max(1, round(length / clock.steps_per_epoch))
        return end if index >= count else _linear(start, end, index / (count - 1) if count > 1 else 0.0)
    raise RunError(f"there is no schedule '{use}' for a knob: cosine, linear, warmup and constant are known")
