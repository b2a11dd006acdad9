"""The files that a spec extends, found in its text: a spec with errors has bases too, and one that was deleted is still named."""

from __future__ import annotations

import re
from pathlib import Path

_NAMED = re.compile(
    r"""^\s*\{?\s*["']?extends\b["']?\s*:?\s*(?P<name>"[^"\n]+"|'[^'\n]+'|[^\s"'#,}]+)""", re.MULTILINE
)


def closure(path: str) -> set[Path]:
    """The spec itself and every file that it may extend, those that are not there included."""
    found: set[Path] = set()
    left = [Path(path).resolve()]
    while left:
        file = left.pop()
        if file in found:
            continue
        found.add(file)
        for match in _NAMED.finditer(_text(file)):
            name = match["name"].strip("\"'")
            if "\0" not in name and len(name) < 1000:
                left.append((file.parent / name).resolve())
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace") if file.is_file() else ""
    except (OSError, ValueError):
        return ""
