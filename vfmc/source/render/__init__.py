"""Findings as text, for people and for programs."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable

from vfmc.source.diagnostic import Diagnostic

FORMATS = ("full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit")
DOCUMENTS = ("json", "sarif", "gitlab", "junit")  # formats that say something of no finding as well
REVIEWS = ("sarif", "github", "gitlab", "junit")  # shown beside the lines of the files that were linted
_FUNCTIONS = {"json": "as_json", "jsonl": "as_jsonl"}
_MODULES = {"jsonl": "json"}


def render(
    diagnostics: Iterable[Diagnostic],
    format: str = "full",
    color: bool | None = None,
    clean: Iterable[str] = (),
) -> str:
    """The findings in the order of the text, without a line break at the end. `clean` are files without any, of which JUnit's reports tell.

    `color` None means: as the standard output and NO_COLOR, FORCE_COLOR want it (https://no-color.org).
    Raises ValueError for a format that is not in FORMATS.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}: one of {', '.join(FORMATS)}")
    if format in REVIEWS:
        diagnostics = [each.at_home for each in diagnostics]
    ordered = sorted(diagnostics, key=lambda each: each.order)
    module = importlib.import_module(f"{__name__}.{_MODULES.get(format, format)}")
    if format == "full":
        return str(module.full(ordered, wants_color() if color is None else color))
    if format == "junit":
        return str(module.junit(ordered, list(clean)))
    return str(getattr(module, _FUNCTIONS.get(format, format))(ordered))


def wants_color() -> bool:
    """Whether the standard output should be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
