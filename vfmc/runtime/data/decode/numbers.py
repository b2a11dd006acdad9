"""Tables of numbers: comma, tab, semicolon or blank between columns, with a header or without one."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vfmc.runtime.data.decode.files import opened
from vfmc.runtime.data.decode.texts import text_of
from vfmc.runtime.data.errors import SampleError


class Numbers(NamedTuple):
    """The header in lower case (empty if there is none), the numbers `[L, columns]`, and the line of each row."""

    names: list[str]
    rows: np.ndarray
    lines: list[int]


def numbers_of(file: Any) -> Numbers:
    """The table of a file. Lines that begin with `#` are comments; one right before a table without a header that has as many names
    as that has columns is its header, as numpy writes it.

    Raises `SampleError` that names the line.
    """
    given = opened(file)
    data = Path(given).read_bytes() if isinstance(given, str) else given.read()
    comments, table = _split(text_of(data))
    if not table:
        raise SampleError("the table is empty")
    separator = next((mark for mark in ("\t", ";", ",") if mark in table[0][1]), " ")
    cells = [(line, _cells(row, separator)) for line, row in table]
    names: list[str] = []
    numeric = [_number(cell) is not None for cell in cells[0][1]]
    if not any(numeric):
        names = [cell.strip().lower() for cell in cells.pop(0)[1]]
    elif comments and all(numeric):
        found = [cell.strip().lower() for cell in _cells(comments[-1].lstrip("# "), separator)]
        names = found if len(found) == len(numeric) and all(_number(name) is None for name in found) else []
    if not cells:
        raise SampleError("the table has a header and no rows")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise SampleError(f"the table has two columns '{twice[0]}': rename or drop one")
    count = len(names) or len(cells[0][1])
    return Numbers(
        names,
        np.array([_row(line, row, count, names) for line, row in cells], np.float64),
        [line for line, _ in cells],
    )


def _split(text: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The comments before the table, and its lines by number."""
    comments: list[str] = []
    table: list[tuple[int, str]] = []
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        line = line.rstrip("\n")
        if line.lstrip().startswith("#"):
            comments += [] if table else [line.strip()]
        elif line.strip():
            table.append((number, line))
    return comments, table


def _cells(line: str, separator: str) -> list[str]:
    return line.split() if separator == " " else next(csv.reader([line], delimiter=separator))


def _number(cell: str) -> float | None:
    if "_" in cell:  # Python's own: 1_000
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _row(line: int, cells: list[str], count: int, names: list[str]) -> list[float]:
    """The numbers of a line. Raises `SampleError` for what is none, and for another number of them."""
    if len(cells) > count and not any(cell.strip() for cell in cells[count:]):
        cells = cells[:count]  # separators at the end of a line
    if len(cells) != count:
        more = ": write numbers without a separator of thousands" if len(cells) > count else ""
        raise SampleError(f"line {line} has {len(cells)} values for {count} columns{more}")
    found = [_number(cell) for cell in cells]
    for place, (cell, number) in enumerate(zip(cells, found, strict=True)):
        if number is not None and math.isfinite(number):
            continue
        where = f"line {line}, column {repr(names[place]) if names else place + 1}"
        if not cell.strip():
            raise SampleError(f"{where} is empty: fill it, or leave the row out")
        if number is not None:
            raise SampleError(
                f"{where} is {cell.strip()}, which is not finite: fill it, or leave the row out"
            )
        comma = ": write a point for the decimals and no separator of thousands" if "," in cell else ""
        raise SampleError(f"{where} holds '{cell.strip()[:40]}', which is no number{comma}")
    return [number for number in found if number is not None]
