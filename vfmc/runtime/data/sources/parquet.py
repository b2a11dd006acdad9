"""Parquet files, read by row groups: the order of samples stays an exact function, and files may be larger than memory.

A row group is the least that the format lets one read, so samples drawn at random read many: as much as `CACHE` of them
is kept. Files whose groups are too large for that are told, with how to rewrite them.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vfmc.runtime.data.errors import DataError, SampleError
from vfmc.runtime.data.sources.base import Inputs, Sample, Source, whole
from vfmc.runtime.data.sources.files import find_files
from vfmc.runtime.data.sources.table import columns_of

CACHE = 512 << 20
"""Bytes of row groups that are kept, most lately used."""

_LARGE = 8 << 20  # bytes of a group beyond which reading one for each sample is told

_log = logging.getLogger("vfmc")


class Parquet(Source):
    """One sample a row, in the order of the files and rows. `columns` says which column holds each input."""

    def __init__(
        self,
        files: list[Path],
        kinds: dict[str, str],
        columns: dict[str, str],
        folder: Path | None = None,
        cache_bytes: int = CACHE,
    ) -> None:
        self.kinds, self.columns, self.folder = kinds, columns, folder
        self.gives = tuple(kinds)
        self._opened = [_Opened(file) for file in files]
        self.groups: list[tuple[int, int]] = []  # the file and the row group in it
        self.starts: list[int] = []  # the first id of each
        count = 0
        for number, opened in enumerate(self._opened):
            opened.check(columns.values())
            for group in range(opened.file.num_row_groups):
                self.groups.append((number, group))
                self.starts.append(count)
                count += opened.file.metadata.row_group(group).num_rows
        self._count = count
        self._kept: OrderedDict[tuple[int, str], Any] = OrderedDict()
        self._room = cache_bytes
        self._lock = threading.Lock()
        self.classes = self._classes()
        self._tell_numbers()
        self._tell_large(cache_bytes)

    def __len__(self) -> int:
        return self._count

    def read(self, id: int, names: Collection[str]) -> Sample:
        number = bisect_right(self.starts, id) - 1
        row = id - self.starts[number]
        file = self._opened[self.groups[number][0]].path
        sample: Sample = {}
        for name in names:
            kind = self.kinds[name]
            value = _value(self._column(number, self.columns[name])[row], kind not in ("text", "label"))
            if _is_none(value):  # NaN is how pandas writes none
                sample[name] = None
            elif kind == "label":
                sample[name] = self._label(value)
            elif kind == "text":
                sample[name] = _texts(value)
            else:
                sample[name] = self._file(value, kind, self.folder or file.parent)
        return sample

    def key(self, id: int) -> str:
        number = bisect_right(self.starts, id) - 1
        file = self.groups[number][0]
        first = self.starts[number - self.groups[number][1]]
        return f"{self._opened[file].path}, row {id - first}"

    def captions(self, name: str, limit: int = 100_000) -> Iterator[str]:
        """The texts of the first `limit` samples, a row group at a time."""
        for number, start in enumerate(self.starts):
            for value in self._column(number, self.columns[name]).to_pylist()[: max(0, limit - start)]:
                texts = [] if value is None else _texts(value)
                yield from [texts] if isinstance(texts, str) else texts

    def _file(self, value: Any, kind: str, folder: Path) -> Any:
        """An undecoded file: bytes, a path, or Hugging Face's `{bytes, path}` or `{array, sampling_rate}`."""
        if isinstance(value, Mapping) and value.get("array") is not None:
            return value["array"], value.get("sampling_rate") or 0.0
        if isinstance(value, Mapping):
            value = value.get("bytes") or value.get("path")
        if isinstance(value, str):
            path = folder / Path(value).expanduser()
            return Image.open(path) if kind == "image" else path
        if isinstance(value, bytes):
            return Image.open(io.BytesIO(value)) if kind == "image" else io.BytesIO(value)
        if value is None:
            raise SampleError(f"its {kind} holds neither bytes nor a path")
        return value  # an array of numbers

    def _label(self, value: Any) -> int:
        if not isinstance(value, str):
            return whole(value)
        if value not in self._numbers:
            among = ", ".join(list(self._numbers)[:5])
            raise SampleError(f"the label '{value}' is none of the classes ({among} ...)")
        return self._numbers[value]

    def _column(self, number: int, column: str) -> Any:
        """One column of a row group, from the cache or from its file."""
        key = (number, column)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        file, group = self.groups[number]
        opened = self._opened[file]
        with opened.lock:  # a file is read by one thread at a time
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            found = opened.read(group, column)
        with self._lock:
            self._kept[key] = found
            self._room -= found.nbytes
            while self._room < 0 and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._room += dropped.nbytes
        return found

    def _classes(self) -> list[str] | None:
        """Names of the labels: those that the file declares, else the sorted texts of the column."""
        found: list[str] | None = None
        for name in (name for name, kind in self.kinds.items() if kind == "label"):
            column = self.columns[name]
            found = self._opened[0].declared_classes(column)
            if found is None and self._opened[0].holds_text(column):
                seen: set[str] = set()
                for number in range(len(self.groups)):
                    seen |= {value for value in self._column(number, column).unique().to_pylist() if value}
                found = sorted(seen)
        self._numbers = {name: number for number, name in enumerate(found or [])}
        return found

    def _tell_numbers(self) -> None:
        for name in (name for name, kind in self.kinds.items() if kind == "text"):
            column = self.columns[name]
            if self._opened[0].holds_numbers(column):
                _log.warning(
                    "column '%s' of %s holds numbers, and they are read as the texts of '%s': name another in `gives` if it is not meant",
                    column, self._opened[0].path, name,
                )  # fmt: skip

    def _tell_large(self, cache_bytes: int) -> None:
        sizes = [self._opened[file].size(group, self.columns.values()) for file, group in self.groups]
        if sum(sizes) > cache_bytes and max(sizes, default=0) > _LARGE:
            _log.warning(
                "row groups of %s hold up to %d MB, and every sample that is drawn reads one: rewrite the files with"
                " row_group_size=100 or so to read them faster",
                self._opened[0].path,
                max(sizes) >> 20,
            )


class _Opened:
    """A parquet file and its schema; the data stays on the disk."""

    def __init__(self, path: Path) -> None:
        parquet = _pyarrow()
        self.path, self.lock = path, threading.Lock()
        try:
            self.file = parquet.ParquetFile(path)
        except (OSError, ValueError) as error:
            raise DataError(f"{path} is not a readable parquet file ({error})") from None
        self.schema = self.file.schema_arrow

    def check(self, columns: Collection[str]) -> None:
        missing = [column for column in columns if column not in self.schema.names]
        if missing:
            raise DataError(
                f"{self.path} has no column '{missing[0]}'. It has {', '.join(self.schema.names)}"
            )

    def read(self, group: int, column: str) -> Any:
        try:
            return self.file.read_row_group(group, columns=[column])[column].combine_chunks()
        except (OSError, ValueError) as error:
            raise DataError(
                f"row group {group} of {self.path} cannot be read ({error}): fetch the file again"
            ) from None

    def size(self, group: int, columns: Collection[str]) -> int:
        """Bytes of some columns of a row group, unpacked."""
        about = self.file.metadata.row_group(group)
        parts = (about.column(i) for i in range(about.num_columns))
        return sum(
            part.total_uncompressed_size for part in parts if part.path_in_schema.split(".")[0] in columns
        )

    def holds_text(self, column: str) -> bool:
        kind = self.schema.field(column).type
        return "string" in str(getattr(kind, "value_type", kind))

    def holds_numbers(self, column: str) -> bool:
        kind = str(self.schema.field(column).type)
        return kind.startswith(("int", "uint", "float", "double", "halffloat", "decimal"))

    def declared_classes(self, column: str) -> list[str] | None:
        """The names of a `ClassLabel` in the metadata that Hugging Face's datasets write."""
        about = (self.schema.metadata or {}).get(b"huggingface")
        try:
            feature = json.loads(about)["info"]["features"][column] if about else {}
        except (ValueError, KeyError, TypeError):
            return None
        names = feature.get("names") if isinstance(feature, dict) else None
        return [str(name) for name in names] if isinstance(names, list) else None


def _texts(value: Any) -> Any:
    """A caption, or a list of captions of which one is drawn."""
    texts = [text for text in value if text is not None] if isinstance(value, list) else [value]
    if not all(isinstance(text, str | int | float) for text in texts):
        raise SampleError(f"its caption is {str(value)[:40]}, which is no text")
    return [str(text) for text in texts] if isinstance(value, list) else str(value)


def _is_none(value: Any) -> bool:
    """Whether a cell is empty; pandas writes NaN for that."""
    if isinstance(value, list):
        return not value
    return value is None or (isinstance(value, float) and value != value)


def _value(scalar: Any, array: bool) -> Any:
    """What a cell holds, in Python's types; with `array`, lists of numbers as arrays of their own type: a sound of int16 is
    told from one of int32 by it.
    """
    if not array or not scalar.is_valid:
        return scalar.as_py()
    if isinstance(scalar, Mapping):  # a struct
        return {name: _value(own, name == "array") for name, own in scalar.items()}
    if not hasattr(scalar, "values"):
        return scalar.as_py()
    inner = scalar.values
    if hasattr(inner.type, "value_type"):
        return np.stack([_value(own, True) for own in inner]) if len(inner) else None
    return inner.to_numpy(zero_copy_only=False) if len(inner) else None


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise DataError("parquet files are read with pyarrow: `pip install 'vfmc[parquet]'`") from None
    return parquet


def header(file: Path) -> list[str]:
    """The columns of a parquet file."""
    return list(_Opened(file).schema.names)


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "parquet", "files": path or list, "columns": {input: column}, "root": folder of the images}`; a spec's
    `gives` is another word for `columns`, and what neither names is guessed from the names of the columns.
    """
    files = find_files(description["files"], root, "the parquet files")
    given = description.get("columns") or description.get("gives")
    named = {n: c for n, c in given.items() if n in inputs} if isinstance(given, Mapping) else {}
    columns = columns_of(header(files[0]), str(files[0]), inputs, named)
    folder = root / Path(description["root"]).expanduser() if description.get("root") else None
    return Parquet(files, {name: inputs[name]["kind"] for name in columns}, columns, folder)
