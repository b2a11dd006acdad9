"""Findings as text, for people and for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from vfmc.source.diagnostic import Diagnostic

FORMATS = ("full", "concise", "json")


def render(diagnostics: Iterable[Diagnostic], format: str = "full", color: bool | None = None) -> str:
    """The findings in the order of the text, without a line break at the end.

    `color` None means: as the standard output and NO_COLOR, FORCE_COLOR want it (https://no-color.org).
    Raises ValueError for a format that is not in FORMATS.
    """
    ordered = sorted(diagnostics, key=lambda each: each.order)
    if format == "full":
        from vfmc.source.render.full import full

        return full(ordered, wants_color() if color is None else color)
    if format == "concise":
        from vfmc.source.render.concise import concise

        return concise(ordered)
    if format == "json":
        from vfmc.source.render.json import as_json

        return as_json(ordered)
    raise ValueError(f"unknown format {format!r}: one of {', '.join(FORMATS)}")


def wants_color() -> bool:
    """Whether the standard output should be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
