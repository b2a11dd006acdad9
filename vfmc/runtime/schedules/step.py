"""Falls at marks: ResNet's tenths (arXiv 1512.03385 sec. 3.4), SimMIM's one at seven eighths."""

from __future__ import annotations

from vfmc.runtime.schedules import Place, Settings


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`start factor^n` after `n` of the marks `at`, counted from the first step; never below `end`."""
    passed = sum(at.step >= at.clock.steps(mark) for mark in settings["at"])
    return max(start * float(settings.get("factor", 0.1)) ** passed, end)
