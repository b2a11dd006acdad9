"""Time stamps: whether they are what the input declares, and readings at even moments between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vfmc.runtime.data.errors import SampleError

SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}

_SLOWER, _FASTER = 10.0, 100.0
"""How many times slower or faster than declared a recording may be. A slower one would be invented between its readings; a faster
one is merely filtered.
"""

_GAP = 10
"""Periods without a reading beyond which nothing is interpolated."""


def even(
    readings: np.ndarray, moments: np.ndarray, lines: Sequence[int], unit: str, rate: float, declared: float
) -> tuple[np.ndarray, float]:
    """Readings `[C, L]` at `moments` `[L]` (in `unit`), from `lines` of a table, to readings at even moments and their rate: `rate`, or
    the multiple of it that keeps up with the recording.

    Raises `SampleError` for stamps that do not grow, that are far from the rate `declared`, or that leave a gap. Both are known
    before anything is made.
    """
    if len(moments) < 2:
        raise SampleError("one reading with a time stamp is no signal: two are needed to tell its rate")
    steps = np.diff(moments)
    if not (steps > 0).all():
        place = int(np.argmin(steps > 0))
        raise SampleError(
            f"its time stamps do not grow from row to row: line {lines[place + 1]} says {moments[place + 1]:.10g} after"
            f" {moments[place]:.10g}. Sort the rows by time and drop those that stand twice"
        )
    period = float(np.median(steps)) * SECONDS[unit]
    _check_rate(1 / period, declared, unit)
    steps = steps * SECONDS[unit]
    longest = int(steps.argmax())
    if steps[longest] > _GAP * max(period, 1 / rate):
        raise SampleError(
            f"its time stamps leave a gap of {steps[longest]:.6g} seconds between lines {lines[longest]} and"
            f" {lines[longest + 1]}, where a reading is due every {period:.3g}: cut the file there"
        )
    seconds = (moments - moments[0]) * SECONDS[unit]
    finer = rate * max(1, math.ceil(1 / (period * rate) - 1e-3))
    count = int(seconds[-1] * finer * (1 + 1e-9)) + 1
    wanted = np.arange(count) / finer
    return np.stack([np.interp(wanted, seconds, channel) for channel in readings]), finer


def _check_rate(found: float, declared: float, unit: str) -> None:
    """Raises `SampleError` where a recording is not at the declared rate, not even resampled, and says which unit would make it so."""
    if declared / _SLOWER <= found <= declared * _FASTER:
        return
    units = list(SECONDS)
    factor = math.log10(found / declared)
    steps = round(factor / 3)  # of a thousand each
    other = units.index(unit) - steps
    said = f"read as {unit}, its time stamps say {found:.4g} readings a second, and the input declares {declared:g}"
    if abs(factor - 3 * steps) <= 1 and 0 <= other < len(units):
        raise SampleError(
            f"its time stamps look like {units[other]}, not {unit}: {said}. Write `time: {units[other]}` on the input"
        )
    raise SampleError(
        f"{said}: let `time` say the unit of the stamps, or `recorded: {found:.4g}` the rate of the files"
    )
