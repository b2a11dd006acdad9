"""Tables of paths (of images and other media), captions and labels: comma- or tab-separated, with a header."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from vfmc.runtime.data.errors import DataError, said
from vfmc.runtime.data.sources.base import Inputs, Sample, Source, nearest, whole
from vfmc.runtime.data.sources.files import find_files, first_few
from vfmc.runtime.data.sources.table import Head, check_once, guess_columns, header

_CHECKED = 10_000  # rows whose files are looked for at the start
_TOLERATED = 0.01  # share of missing files that is left to the reader, which counts failures

_LONGEST = 100  # lines of one row

_FILES = {"image": "images", "audio": "sounds", "video": "videos"}

_NUMBER = re.compile(r"-?\d+(\.\d*)?", re.ASCII)  # as pandas writes whole numbers of a column with gaps: 3.0

Row = tuple[Path, int, tuple[str, ...]]
"""The table, the line in it (from 1, the header is line 1), the texts of the inputs."""


class Table(Source):
    """One sample a row, in the order of the files. The whole table is held in memory."""

    def __init__(
        self, rows: list[Row], kinds: dict[str, str], classes: list[str] | None, folder: Path | None,
        optional: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.optional = optional  # inputs that a row may lack: their cell is empty
        self.rows, self.kinds, self.classes, self.folder = rows, kinds, classes, folder
        self.gives = tuple(kinds)
        self.numbers = {name: number for number, name in enumerate(classes)} if classes is not None else None

    def __len__(self) -> int:
        return len(self.rows)

    def path(self, id: int, name: str) -> Path:
        """Where a file of a row lies: relative to `root` if one is given, else to the table."""
        table, _, row = self.rows[id]
        return (self.folder or table.parent) / Path(row[self.gives.index(name)]).expanduser()

    def filled(self, id: int, name: str) -> bool:
        """Whether a row says anything of an input."""
        return bool(self.rows[id][2][self.gives.index(name)].strip())

    def read(self, id: int, names: Collection[str]) -> Sample:
        row = self.rows[id][2]
        sample: Sample = {}
        for name in names:
            kind = self.kinds[name]
            if not self.filled(id, name):
                sample[name] = None
            elif kind == "image":
                sample[name] = Image.open(self.path(id, name))
            elif kind == "label":
                sample[name] = self._label(row[self.gives.index(name)])
            elif kind == "text":
                sample[name] = row[self.gives.index(name)]
            else:
                sample[name] = self.path(id, name)
        return sample

    def _label(self, text: str) -> int:
        return whole(text) if self.numbers is None else self.numbers[text.strip()]

    def key(self, id: int) -> str:
        table, line, _ = self.rows[id]
        return f"{table}, line {line}"


def open(description: Mapping[str, Any], inputs: Inputs, root: Path) -> Source:
    """`{"use": "csv", "files": path or list, "columns": {input: column}, "separator": "," or tab, "root":
    folder of the files}`; a spec's `gives` is another word for `columns`, and what neither names is guessed
    from the header.

    Labels that are all whole numbers stand for themselves; otherwise the sorted names are the classes.
    """
    files = find_files(description["files"], root, "the table")
    given = description.get("columns") or description.get("gives")
    named = (
        {name: column for name, column in given.items() if name in inputs}
        if isinstance(given, Mapping)
        else {}
    )
    columns = guess_columns(files[0], inputs, named, description.get("separator"))
    kinds = {name: inputs[name]["kind"] for name in columns if name in inputs}
    rows: list[Row] = []
    for file in files:
        rows += _read(file, {name: columns[name] for name in kinds}, description.get("separator"))
    classes = None
    for name in (name for name, kind in kinds.items() if kind == "label"):
        place = list(kinds).index(name)
        values = {row[place].strip(): line for _, line, row in reversed(rows)}  # the first line of each
        values.pop("", None)  # rows without a label are unreadable, unless they may lack it
        if any(_NUMBER.fullmatch(value) is None for value in values):
            classes = sorted(values)
        elif broken := [value for value in values if float(value) % 1]:
            raise DataError(
                f"{rows[0][0]}, line {values[broken[0]]}: the label '{columns[name]}' is {broken[0]}, and labels are whole"
                " numbers or names"
            )
    folder = root / Path(description["root"]).expanduser() if description.get("root") else None
    table = Table(rows, kinds, classes, folder, [name for name in kinds if inputs[name].get("optional")])
    for name in (name for name, kind in kinds.items() if kind != "label"):
        _check_filled(table, name)
        if kinds[name] != "text":
            _check_files(table, name)
    return table


def _read(file: Path, columns: Mapping[str, str], separator: str | None) -> list[Row]:
    csv.field_size_limit(min(sys.maxsize, 1 << 27))
    rows: list[Row] = []
    head = header(file, separator)
    there = head.columns
    for column in columns.values():
        if column not in there:
            raise DataError(
                f"{file} has no column '{column}'{nearest(column, there)} It has {', '.join(there)}"
            )
    check_once(str(file), there, columns.values())
    places = [there.index(column) for column in columns.values()]
    try:
        with file.open(encoding=head.encoding, newline="") as lines:
            for line, row in _rows(file, lines, head):
                if len(row) < len(there) or any(cell.strip() for cell in row[len(there) :]):
                    quote = f": put texts that hold '{head.separator}' in double quotes"
                    raise DataError(
                        f"{file}, line {line}: {len(row)} values for {len(there)} columns{quote if len(row) > len(there) else ''}"
                    )
                rows.append((file, line, tuple(row[place] for place in places)))
    except (UnicodeError, csv.Error) as error:
        raise DataError(f"{file} is not a table in UTF-8 (after {len(rows)} rows): {said(error)}") from None
    if not rows:
        raise DataError(f"{file} has a header and no rows")
    return rows


def _rows(file: Path, lines: Iterable[str], head: Head) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, with the line that each ends in.

    Raises `DataError` where a quote is opened and not closed: what stands behind it would be one text.
    """
    taken: list[str] = []  # the lines of one row

    def noted() -> Iterator[str]:
        for place, line in enumerate(lines):
            if place >= head.passed:
                taken.append(line)
                yield line

    reader = csv.reader(noted(), delimiter=head.separator)
    for number, row in enumerate(reader):
        line = head.passed + reader.line_num
        if len(taken) > 1 or taken[0].count('"') % 2:
            _check_closed(file, line - len(taken) + 1, taken, head)
        taken.clear()
        if number and row:
            yield line, row


def _check_closed(file: Path, line: int, taken: list[str], head: Head) -> None:
    """Raises `DataError` where the lines of one row are too many, or end within quotes."""
    try:
        list(csv.reader(taken, delimiter=head.separator, strict=True))
        closed = True
    except csv.Error as error:
        closed = "unexpected end" not in str(error)
    if not closed or len(taken) > _LONGEST:
        raise DataError(
            f"{file}, line {line}: a text is opened by a double quote that is not closed: close it, or write two for one"
            " that belongs to the text"
        )


def _check_filled(table: Table, name: str) -> None:
    """Raises `DataError` where many rows have an empty cell for an input that a sample may not lack."""
    count = min(len(table), _CHECKED)
    empty = [id for id in range(count) if not table.filled(id, name)]
    if name not in table.optional and len(empty) > _TOLERATED * count:
        raise DataError(
            f"{len(empty)} of the first {count} rows have an empty cell for '{name}' ({first_few([table.key(id) for id in empty])}):"
            " leave these rows out, or let samples lack inputs with `data: {absent: masked}`"
        )


def _check_files(table: Table, name: str) -> None:
    count = min(len(table), _CHECKED)
    missing = [id for id in range(count) if table.filled(id, name) and not table.path(id, name).is_file()]
    if len(missing) > _TOLERATED * count:
        shown = first_few([f"{table.key(id)}: {table.path(id, name)}" for id in missing])
        raise DataError(
            f"{len(missing)} of the first {count} {_FILES.get(table.kinds[name], 'files')} do not exist ({shown});"
            " paths are relative to the table's folder, or to `root`"
        )
