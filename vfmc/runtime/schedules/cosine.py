"""Half a cosine over what follows the warm-up."""

from __future__ import annotations

from vfmc.runtime.schedules import Place, Settings, half_cosine


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`end + (start - end) (1 + cos(pi share)) / 2`."""
    return half_cosine(start, end, at.share)
