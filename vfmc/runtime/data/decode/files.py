"""What all media share: paths and bytes, arrays in files, and packages that may not be installed."""

from __future__ import annotations

import importlib
import io
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from vfmc.runtime.data.errors import DataError, SampleError

_ARRAYS = (b"\x93NUMPY", b"PK\x03\x04")  # how .npy and .npz files begin


def need(package: str, what: str) -> Any:
    """A package of the extra `media`. Raises `DataError` with what to install."""
    try:
        return importlib.import_module(package)
    except ImportError:
        raise DataError(
            f"{what} needs the package `{package}`, which is not installed here: pip install 'vfmc[media]'"
        ) from None


def opened(value: str | Path | bytes | BinaryIO) -> str | io.BytesIO | BinaryIO:
    """A file by its path, or one in memory, from its start: what libraries open."""
    if isinstance(value, str | Path):
        return str(Path(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return io.BytesIO(value)
    value.seek(0)
    return value


def is_file(value: Any) -> bool:
    """Whether a value is a file, by path or in memory, and no array yet."""
    return isinstance(value, str | Path | bytes | bytearray | memoryview) or hasattr(value, "read")


def start(value: Any, count: int = 8) -> bytes:
    """The first bytes of a file."""
    given = opened(value)
    if isinstance(given, str):
        with Path(given).open("rb") as file:
            return file.read(count)
    found = given.read(count)
    given.seek(0)
    return found


def holds_array(value: Any) -> bool:
    """Whether a file is numpy's."""
    return start(value).startswith(_ARRAYS)


def load_array(value: Any) -> np.ndarray:
    """The array of a .npy file, or the only one of a .npz file."""
    try:
        found = np.load(opened(value), allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found:
            if len(found.files) != 1:
                raise SampleError(
                    f"the .npz file holds {', '.join(found.files) or 'nothing'}: one array is needed"
                )
            array: np.ndarray = found[found.files[0]]
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, MemoryError) as error:
        if "allow_pickle" in str(error):
            said = "holds Python objects, not numbers: save one array of numbers"
            raise SampleError(f"the array file {said}") from None
        raise SampleError(f"the array file is cut off or broken ({error}): save or fetch it again") from None
    return array


def with_rate(value: Any, rate: float) -> tuple[np.ndarray, float]:
    """`(array, rate)`, or an array alone at `rate`."""
    if isinstance(value, tuple) and len(value) == 2:
        value, rate = value
    rate = float(rate)
    if not 0 < rate < math.inf:
        raise SampleError(f"its rate is {rate:g}, and a rate is above 0 hertz")
    return np.asarray(value), rate
