"""The header of a table, and which column holds which input."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.sources.base import Inputs, nearest

COLUMNS = {
    "image": (
        "image",
        "filepath",
        "file_path",
        "image_path",
        "path",
        "file",
        "file_name",
        "filename",
        "img",
        "url",
    ),
    "audio": ("audio", "sound", "wav", "audio_path", "audio_file", "sound_path", "recording"),
    "depth": ("depth", "depth_path", "depth_file", "depth_map", "disparity"),
    "thermal": ("thermal", "infrared", "ir", "thermal_path", "infrared_path"),
    "signal": ("signal", "imu", "sensor", "sensors", "imu_path", "signal_path", "motion"),
    "video": ("video", "clip", "video_path", "video_file", "movie"),
    "text": ("caption", "captions", "text", "title", "sentence", "description", "prompt", "alt"),
    "label": ("label", "class", "class_name", "category", "target", "label_id", "class_id", "y"),
}
"""Names that columns commonly have, by kind of input, the surest first; lower case."""

PATHS = ("filepath", "file_path", "path", "file", "file_name", "filename")
"""Names of a column of files that may be of any kind."""


def header(file: Path, separator: str | None = None) -> tuple[list[str], str]:
    """The columns of a table and what separates them: as given, else a tab if the first line has one, else a
    comma.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not a table in UTF-8 ({error})") from None
    separator = separator or ("\t" if "\t" in first else ",")
    found = next(csv.reader([first], delimiter=separator), [])
    return [column.strip() for column in found], separator


def guess_columns(
    file: Path, inputs: Inputs, given: Mapping[str, str], separator: str | None = None
) -> dict[str, str]:
    """Which column of a table holds each input: as `given`, else the one of its own name, else one of
    `COLUMNS`.

    Raises `DataError` listing the columns there are.
    """
    there, _ = header(file, separator)
    return columns_of(there, str(file), inputs, given)


def columns_of(there: Sequence[str], file: str, inputs: Inputs, given: Mapping[str, str]) -> dict[str, str]:
    """The same for a table of any format, with the columns `there`; `file` is its name for messages."""
    for name, column in given.items():
        if column not in there:
            raise DataError(
                f"{file} has no column '{column}'{nearest(column, there)} It has {', '.join(there)}"
            )
        if name not in inputs:
            raise DataError(
                f"the spec has no input '{name}'{nearest(name, inputs)} It has {', '.join(inputs)}"
            )
    found = dict(given)
    lower = {column.lower().replace(" ", "_"): column for column in reversed(there)}
    for name, entry in inputs.items():
        if name in found:
            continue
        for candidate in _candidates(name, entry["kind"]):
            if candidate in lower and lower[candidate] not in found.values():
                found[name] = lower[candidate]
                break
        else:
            if entry.get("optional"):
                continue
            raise DataError(
                f"{file} has no column for the {entry['kind']} '{name}'. It has {', '.join(there)}:"
                f" rename one to '{name}', or say which one it is"
            )
    return found


def _candidates(name: str, kind: str) -> tuple[str, ...]:
    return (name.lower(), *COLUMNS.get(kind, ()), *(() if kind in ("text", "label") else PATHS))
