"""Readings of sensors: from a table or an array to float32 `[C, L]` at the declared rate."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.decode.files import holds_array, is_file, load_array, opened, with_rate
from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.resample import resample

SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}

_UNITS = {"s": "seconds", "sec": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file (npy, npz, csv, tsv), or an array (alone at the rate `recorded`, or `(array, rate)`) whose axes are the input's.

    Time stamps of a table may be uneven: readings between them are interpolated. Raises `SampleError` for another number of channels.
    """
    channels, rate = entry["channels"], entry["rate"]
    if is_file(value) and not holds_array(value):
        return _checked(*_table(value, entry), channels, rate)
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
    real = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(real).all():
        raise SampleError("the signal holds numbers that are not finite")
    return resample(torch.from_numpy(real), given, rate)


def _table(file: Any, entry: Mapping[str, Any]) -> tuple[np.ndarray, float]:
    """Readings `[C, L]` of a table, and their rate."""
    names, rows = _rows(file)
    clocks = [
        place
        for place, name in enumerate(names)
        if re.match(r"(time|timestamp|ts|t)\b|(time|timestamp)_", name)
    ]
    if not clocks and rows.shape[1] == entry["channels"] + 1:
        clocks = [0]  # one column more than there are channels: the first is the clock
    if not clocks:
        return rows.T, entry.get("recorded") or entry["rate"]
    unit = entry.get("time") or _unit(names[clocks[0]] if names else "")
    moments = rows[:, clocks[0]] * SECONDS[unit]
    return _even(np.delete(rows, clocks[0], axis=1).T, moments, entry["rate"])


def _unit(name: str) -> str:
    words = re.split(r"[^a-z]+", name)
    for word in reversed(words):
        if word in _UNITS or word in SECONDS:
            return _UNITS.get(word, word)
    raise DataError(
        f"the unit of the time stamps in column '{name}' is not known: write `time: milliseconds` (or another) on the input,"
        " or name the column with it, such as time_ms"
    )


def _rows(file: Any) -> tuple[list[str], np.ndarray]:
    """The header of a table in lower case (empty if it has none), and its numbers `[L, columns]`."""
    given = opened(file)
    data = Path(given).read_bytes() if isinstance(given, str) else given.read()
    text = data.decode("utf-8-sig")
    first = text[: text.find("\n")] if "\n" in text else text
    separator = next((mark for mark in ("\t", ";", ",") if mark in first), " ")
    lines = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    if not lines:
        raise SampleError("the table is empty")
    try:
        [float(cell) for cell in lines[0]]
        names: list[str] = []
    except ValueError:
        names = [cell.strip().lower() for cell in lines.pop(0)]
    try:
        rows = np.array([[float(cell) for cell in row] for row in lines], np.float64)
    except ValueError as error:
        raise SampleError(
            f"the table holds what is no number, or rows of different lengths ({error})"
        ) from None
    if rows.ndim != 2:
        raise SampleError("the table has a header and no rows")
    return names, rows


def _even(readings: np.ndarray, moments: np.ndarray, rate: float) -> tuple[np.ndarray, float]:
    """Readings at even moments: at `rate`, or at the multiple of it that keeps up with the recording."""
    steps = np.diff(moments)
    if len(moments) < 2 or not (steps > 0).all():
        raise SampleError("its time stamps do not grow from row to row")
    finer = rate * max(1, math.ceil(1 / (float(np.median(steps)) * rate) - 1e-3))
    count = int((moments[-1] - moments[0]) * finer * (1 + 1e-9)) + 1
    wanted = moments[0] + np.arange(count) / finer
    return np.stack([np.interp(wanted, moments, channel) for channel in readings]), finer
