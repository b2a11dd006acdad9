"""What `--data X` means: a description of a source, guessed from the path, the header or the first sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vfmc.runtime.data.errors import DataError, SourceMissing
from vfmc.runtime.data.sources.base import Inputs, nearest
from vfmc.runtime.data.sources.files import find_files

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
    "text": ("caption", "captions", "text", "title", "sentence", "description", "prompt", "alt"),
    "label": ("label", "class", "class_name", "category", "target", "label_id", "class_id", "y"),
}
"""Names that columns commonly have, by kind of input, the surest first; lower case."""


def user_data(path: str | Path, inputs: Inputs, columns: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The description of the source at `path` that gives `inputs`: an entry as in the recipe's `sources`.

    A `.csv` or `.tsv` file is a table (its columns guessed from the header, or named by `columns`: input ->
    column), a folder holds images or folders of classes, a `.tar` file or pattern is webdataset shards.
    Raises `DataError` saying what was looked for.
    """
    text = str(path)
    lower = text.lower()
    if re.search(r"\.tar(\.\w+)?\Z", lower):
        return {"use": "webdataset", "urls": text} | ({"gives": dict(columns)} if columns else {})
    if lower.endswith((".csv", ".tsv")):
        return {"use": "csv", "files": [text], "columns": _columns(text, inputs, columns or {})}
    if Path(text).expanduser().is_dir():
        return {"use": "image_folder", "root": text}
    if not Path(text).expanduser().exists():
        raise SourceMissing(f"--data {text}: there is no such file or folder")
    raise DataError(f"--data {text}: give a .csv or .tsv table, a folder of images, or .tar shards")


def _columns(pattern: str, inputs: Inputs, given: Mapping[str, str]) -> dict[str, str]:
    from vfmc.runtime.data.sources.csv import header

    file = find_files(pattern, Path(), "the table")[0]
    there, _ = header(file)
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
        for candidate in (name.lower(), *COLUMNS.get(entry["kind"], ())):
            if candidate in lower and lower[candidate] not in found.values():
                found[name] = lower[candidate]
                break
        else:
            raise DataError(
                f"{file} has no column for the {entry['kind']} '{name}'. It has {', '.join(there)}:"
                f" rename one to '{name}', or say which one it is"
            )
    return found
