"""Numbers that move with the step: learning rates and knobs, in the exact forms of the papers.

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

from collections.abc import Callable

from vfmc.runtime import schedules
from vfmc.runtime.errors import RunError
from vfmc.runtime.schedules import Clock, Place, Settings, line

__all__ = ["Clock", "knob", "learning_rate"]

WARMUPS: dict[str, Callable[[int, int], float]] = {
    "mae": lambda step, length: step / length,
    "dino": lambda step, length: step / (length - 1) if length > 1 else 0.0,
    "clip": lambda step, length: (step + 1) / length,
}


def learning_rate(settings: Settings, base: float, step: int, total: int, clock: Clock) -> float:
    """The learning rate at `step` of a schedule that spans `total` steps.

    `settings` is `{"use": name, "warmup": duration, "end": rate, "start": rate, "form": form}` with what the
    schedule of that name adds (`vfmc/runtime/schedules`). `end` and `start` (where the warm-up begins) are
    absolute rates.
    """
    warmup, form = settings.get("warmup"), settings.get("form", "mae")
    if form not in WARMUPS:
        raise RunError(f"the schedule has no form '{form}': {', '.join(WARMUPS)} are known")
    value = schedules.find(settings["use"])
    rising = clock.steps(warmup) if warmup else 0
    if step < rising:
        return line(float(settings.get("start") or 0.0), base, WARMUPS[form](step, rising))
    return value(settings, base, float(settings.get("end") or 0.0), Place(step, rising, total, clock))


def knob(settings: Settings | float, step: int, total: int, clock: Clock) -> float:
    """The absolute value of a knob at `step`: from `start` to `end`, at `start` during a `warmup`; a number
    stays.
    """
    if isinstance(settings, int | float):
        return float(settings)
    value = schedules.find(settings["use"])
    start, end = float(settings.get("start") or 0.0), float(settings.get("end") or 0.0)
    rising = clock.steps(settings["warmup"]) if settings.get("warmup") else 0
    if step < rising:
        return start
    return value(settings, start, end, Place(step, rising, total, clock))
