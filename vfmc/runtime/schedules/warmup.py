"""A line, then no movement: DINO's teacher temperature (`DINOLoss.teacher_temp_schedule`)."""

from __future__ import annotations

from vfmc.runtime.schedules import Place, Settings, line


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`linspace(start, end, n)` over `for`, counted in epochs (`every: epoch`) or steps, then `end`."""
    length = at.clock.steps(settings["for"])
    index, count = at.step, length
    if settings.get("every", "step") == "epoch":
        index, count = at.clock.epoch(at.step), max(1, round(length / at.clock.steps_per_epoch))
    return end if index >= count else line(start, end, index / (count - 1) if count > 1 else 0.0)
