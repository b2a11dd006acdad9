"""No movement."""

from __future__ import annotations

from vfmc.runtime.schedules import Place, Settings


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`start`; as a knob, the number that the settings hold."""
    return float(settings.get("value", start))
