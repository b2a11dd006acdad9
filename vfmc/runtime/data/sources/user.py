"""What `--data X` means: a description of a source, guessed from the path, the header or the first sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vfmc.runtime.data.errors import DataError, SourceMissing
from vfmc.runtime.data.sources.base import Inputs
from vfmc.runtime.data.sources.files import find_files
from vfmc.runtime.data.sources.table import columns_of, guess_columns


def user_data(path: str | Path, inputs: Inputs, columns: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The description of the source at `path` that gives `inputs`: an entry as in the recipe's `sources`.

    A `.csv`, `.tsv` or `.parquet` file is a table (its columns guessed from the header, or named by `columns`: input ->
    column), a folder holds images or folders of classes, a `.tar` file or pattern is webdataset shards.
    Raises `DataError` saying what was looked for.
    """
    text = str(path)
    lower = text.lower()
    if re.search(r"\.tar(\.\w+)?\Z", lower):
        return {"use": "webdataset", "urls": text} | ({"gives": dict(columns)} if columns else {})
    if lower.endswith((".csv", ".tsv")):
        file = find_files(text, Path(), "the table")[0]
        return {"use": "csv", "files": [text], "columns": guess_columns(file, inputs, columns or {})}
    if lower.endswith(".parquet"):
        from vfmc.runtime.data.sources import parquet

        file = find_files(text, Path(), "the parquet files")[0]
        found = columns_of(parquet.header(file), str(file), inputs, columns or {})
        return {"use": "parquet", "files": [text], "columns": found}
    if Path(text).expanduser().is_dir():
        return {"use": "image_folder", "root": text}
    if not Path(text).expanduser().exists():
        raise SourceMissing(f"--data {text}: there is no such file or folder")
    raise DataError(f"--data {text}: give a .csv, .tsv or .parquet table, a folder of images, or .tar shards")
