"""Names in generated code: variables carry the letters of their shape, `x_BND`."""

from __future__ import annotations

from vfmc.types import Mask, Number, Type, Views, item

LEGEND = {
    "B": "batch",
    "C": "channels",
    "D": "width",
    "E": "width of keys and values",
    "F": "frequencies",
    "G": "columns of a grid",
    "H": "rows of an image (or attention heads)",
    "K": "tokens that are kept or read (or scores, or classes)",
    "L": "length of a text or a signal",
    "M": "hidden tokens (or tokens of a memory)",
    "N": "tokens",
    "P": "pixels of a patch (or prefix tokens)",
    "Q": "queries",
    "R": "rows of a grid",
    "S": "views of the student",
    "T": "views of the teacher (or frames)",
    "V": "views",
    "W": "columns of an image",
    "p": "side of a patch",
}


def letters(type: Type) -> str:
    """The letters of a value's shape."""
    kind = item(type)
    if isinstance(kind, Mask | Number):
        return ""
    found = kind.dims
    return ("V" if isinstance(type, Views) else "") + found


def variable(base: str, type: Type) -> str:
    """`crop` as `crop_BCHW`; a mask keeps its name."""
    shape = letters(type)
    return f"{base}_{shape}" if shape else base


def running(type: Type) -> str:
    """The name of what flows down a pipe."""
    kind = item(type)
    return variable(kind.variable, kind)


def result(type: Type, op: bool) -> str:
    """The name of a stage's result."""
    if op:
        return "read_BK"
    return running(type)
