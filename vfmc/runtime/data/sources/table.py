"""The header of a table, and which column holds which input."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vfmc.runtime.data.decode.texts import encoding_of
from vfmc.runtime.data.errors import DataError, said
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
    "camera": ("camera", "intrinsics", "camera_path", "camera_file"),
    "thermal": ("thermal", "infrared", "ir", "thermal_path", "infrared_path"),
    "signal": ("signal", "imu", "sensor", "sensors", "imu_path", "signal_path", "motion"),
    "video": ("video", "clip", "video_path", "video_file", "movie"),
    "text": ("caption", "captions", "text", "title", "sentence", "description", "prompt", "alt"),
    "label": ("label", "class", "class_name", "category", "target", "label_id", "class_id", "y"),
}
"""Names that columns commonly have, by kind of input, the surest first; lower case."""

PATHS = ("filepath", "file_path", "path", "file", "file_name", "filename")
"""Names of a column of files that may be of any kind."""


class Head(NamedTuple):
    """How a table begins: its columns, what separates them, the encoding, and how many lines (comments, blank ones) stand before."""

    columns: list[str]
    separator: str
    encoding: str
    passed: int

    @property
    def line(self) -> int:
        return self.passed + 1


def header(file: Path, separator: str | None = None) -> Head:
    """The head of a table. Columns are separated as given, else by a tab if the first line has one, else by a comma, else by a semicolon.

    Lines before it that begin with `#` are comments. Raises `DataError` for a file without a header, or that is no text.
    """
    with file.open("rb") as raw:
        encoding = encoding_of(raw.read(4))
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        with file.open(encoding=encoding, newline="") as lines:
            passed, first = 0, ""
            for first in lines:
                if first.strip() and not first.lstrip().startswith("#"):
                    break
                passed += 1
            else:
                raise DataError(f"{file} is empty: its first line names the columns, such as image,caption")
    except UnicodeError as error:
        raise DataError(f"{file} is not a table in UTF-8: {said(error)}") from None
    if "\0" in first:
        raise DataError(
            f"{file} is not a table in UTF-8: it holds zero bytes, as UTF-16 without a byte-order mark does. Save it as UTF-8"
        )
    separator = separator or next((mark for mark in "\t,;" if mark in first), ",")
    found = next(csv.reader([first], delimiter=separator), [])
    return Head([column.strip() for column in found], separator, encoding, passed)


def guess_columns(
    file: Path, inputs: Inputs, given: Mapping[str, str], separator: str | None = None
) -> dict[str, str]:
    """Which column of a table holds each input: as `given`, else the one of its own name, else one of
    `COLUMNS`.

    Raises `DataError` listing the columns there are.
    """
    head = header(file, separator)
    name = f"{file} (its header is line {head.line}, after comments)" if head.passed else str(file)
    return columns_of(head.columns, name, inputs, given)


def check_once(file: str, there: Sequence[str], columns: Collection[str]) -> None:
    """Raises `DataError` where one of `columns` stands twice in a table: which of them is meant, nobody knows."""
    for column in columns:
        if there.count(column) > 1:
            raise DataError(
                f"{file} has {there.count(column)} columns '{column}': rename or drop all but one"
            )


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
            if len(there) == 1 and (mark := next((own for own in "|:" if own in there[0]), "")):
                raise DataError(
                    f"{file} has one column, '{there[0]}': if '{mark}' stands between columns, write"
                    f' `separator: "{mark}"` on its source, or save it with commas'
                )
            raise DataError(
                f"{file} has no column for the {entry['kind']} '{name}'. It has {', '.join(there)}:"
                f" rename one to '{name}', or say which one it is"
            )
    check_once(file, there, found.values())
    return found


def _candidates(name: str, kind: str) -> tuple[str, ...]:
    return (name.lower(), *COLUMNS.get(kind, ()), *(() if kind in ("text", "label") else PATHS))
