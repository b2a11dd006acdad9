"""Readings of sensors: from a table or an array to float32 `[C, L]` at the declared rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.decode.clock import SECONDS, even
from vfmc.runtime.data.decode.files import holds_array, is_file, load_array, with_rate
from vfmc.runtime.data.decode.numbers import Numbers, numbers_of
from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.resample import resample

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second"), "seconds"),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond"), "milliseconds"),
    **dict.fromkeys(("us", "µs", "μs", "usec", "micros", "microsecond"), "microseconds"),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanosecond"), "nanoseconds"),
}

_CLOCK = re.compile(r"(time|timestamp|ts|t)\b|(time|timestamp|ts|t)_")
"""How the name of a column of time stamps begins."""


_ACCELERATION = re.compile(r"a[ _.]?[xyz]$|(linear[ _.]?)?acc")
_ROTATION = re.compile(r"[gwr][ _.]?[xyz]$|gyr|rot|ang|omega")
"""How the names of an IMU's columns begin."""


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file (npy, npz, csv, tsv), or an array (alone at the rate `recorded`, or `(array, rate)`) whose axes are the input's.

    Time stamps of a table may be uneven: readings between them are interpolated. Raises `SampleError` for another number of channels,
    for readings that are not finite, and for stamps that cannot be those of the declared rate.
    """
    channels, rate = entry["channels"], entry["rate"]
    if is_file(value) and not holds_array(value):
        return _table(numbers_of(value), entry)
    array, given = with_rate(load_array(value) if is_file(value) else value, entry.get("recorded") or rate)
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2:
        raise SampleError(f"a signal is an array [C, L], not {list(array.shape)}")
    axes = entry.get("axes", "CL")
    if axes == "LC":
        array = array.T
    if len(array) != channels and array.shape[1] == channels:
        other = "CL" if axes == "LC" else "LC"
        raise SampleError(
            f"the array has {len(array)} channels of {channels} readings where the spec asks for {channels} channels:"
            f" its axes are the other way round, write `axes: {other}`"
        )
    return _checked(array, given, channels, rate)


def _checked(array: np.ndarray, given: float, channels: int, rate: float) -> Tensor:
    if len(array) != channels:
        raise SampleError(f"the signal has {len(array)} channels where the spec asks for {channels}")
    if array.shape[1] == 0:
        raise SampleError("the signal is empty")
    if array.dtype.kind not in "iuf":
        raise SampleError(f"a signal is an array of numbers, not {array.dtype}")
    real = np.ascontiguousarray(array, dtype=np.float32)
    if not (whole := np.isfinite(real)).all():
        channel, moment = np.argwhere(~whole)[0]
        raise SampleError(
            f"the signal holds numbers that are not finite, the first in channel {channel} at reading {moment}:"
            " cut the recording there, or fill it"
        )
    return resample(torch.from_numpy(real), given, rate)


def _table(table: Numbers, entry: Mapping[str, Any]) -> Tensor:
    """Readings `[C, L]` of a table at the input's rate."""
    names, channels, rate = table.names, entry["channels"], entry["rate"]
    clocks = [place for place, name in enumerate(names) if _CLOCK.match(name)]
    if not clocks and table.rows.shape[1] == channels + 1:
        clocks = [0]  # one column more than there are channels: the first is the clock
    clock = clocks[0] if clocks else None
    others = _named(names, entry["columns"]) if entry.get("columns") else _all_but(clock, table, channels)
    readings = table.rows[:, others].T
    if clock is None:
        return _checked(readings, entry.get("recorded") or rate, channels, rate)
    unit = entry.get("time") or _unit(names[clock] if names else "")
    return _checked(
        *even(readings, table.rows[:, clock], table.lines, unit, rate, entry.get("recorded") or rate),
        channels,
        rate,
    )


def _named(names: list[str], wanted: list[str]) -> list[int]:
    """Where the columns stand that the input names, in its order."""
    if not names:
        raise SampleError("the table has no header, and the input names its `columns`: give it one")
    missing = [name for name in wanted if name.lower() not in names]
    if missing:
        raise SampleError(f"the table has no column '{missing[0]}'; it has {', '.join(names)}")
    return [names.index(name.lower()) for name in wanted]


def _all_but(clock: int | None, table: Numbers, channels: int) -> list[int]:
    """All columns but the clock, as they stand. Raises `SampleError` for another number, or for what is plainly another order."""
    others = [place for place in range(table.rows.shape[1]) if place != clock]
    names = [table.names[place] for place in others] if table.names else []
    pick = ": name those that are meant by `columns` on the input"
    if len(others) != channels:
        which = f" ({', '.join(names[:8])})" if names else ""
        raise SampleError(
            f"the table has {len(others)} channels{which} where the spec asks for {channels}"
            + (pick if names and len(others) > channels else "")
        )
    turns, pulls = ([bool(kind.match(name)) for name in names] for kind in (_ROTATION, _ACCELERATION))
    if len(names) == 6 and all(turns[:3]) and all(pulls[3:]):
        ordered = ", ".join([*names[3:], *names[:3]])
        raise SampleError(
            f"its columns ({', '.join(names)}) begin with rotation, and acceleration comes first in a signal of an IMU:"
            f" write `columns: [{ordered}]` on the input, or the order that you mean"
        )
    return others


def _unit(name: str) -> str:
    words = re.split(r"[^a-zµμ]+", name)
    for word in reversed(words):
        if word in _UNITS or word in SECONDS:
            return _UNITS.get(word, word)
    raise DataError(
        f"the unit of the time stamps in column '{name}' is not known: write `time: milliseconds` (or another) on the input,"
        " or name the column with it, such as time_ms"
    )
