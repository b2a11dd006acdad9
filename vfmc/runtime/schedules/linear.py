"""A straight line over what follows the warm-up."""

from __future__ import annotations

from vfmc.runtime.schedules import Place, Settings, line


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`start + (end - start) share`."""
    return line(start, end, at.share)
