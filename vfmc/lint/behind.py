"""The files that the findings of a spec depend on: what it extends, what its values name, the settings that hold for it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePath

from vfmc.source import Source
from vfmc.source.files import read_bytes
from vfmc.syntax.load import LONGEST, source_of
from vfmc.syntax.read import read
from vfmc.syntax.tree import Mapping, Node, Scalar

LONGEST_NAME = 1000  # characters of a path; longer texts name nothing
_EXTENDS = re.compile(
    r"""^\s*\{?\s*["']?extends\b["']?\s*:?\s*(?P<name>"[^"\n]+"|'[^'\n]+'|[^\s"'#,}]+)""", re.MULTILINE
)


def behind(path: str) -> set[Path]:
    """The spec, every file that it may extend, and every one that a value of these names, those that are not there included.

    Where a value names weights, or their folder, the settings in JSON beside them count: rules compare them with the spec.
    """
    found: set[Path] = set()
    left, here = [Path(path).resolve()], Path().resolve()
    while left:
        file = left.pop()
        if file in found:
            continue
        found.add(file)
        bases, values = _said(str(file), *_state(file))
        left += [(file.parent / name).resolve() for name in bases]
        for name in values:
            for folder in {file.parent, here}:
                place = Path(os.path.normpath(folder / name))
                found |= {place, *_beside(place, name)}
    return found


def _state(file: Path) -> tuple[int, int]:
    """What changes with the text of a file: its time and its size; -1 where there is none."""
    try:
        seen = file.stat()
    except (OSError, ValueError):
        return -1, -1
    return seen.st_mtime_ns, seen.st_size


@lru_cache(maxsize=4096)
def _said(file: str, time: int, size: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a text extends, and what its values name. One that cannot be read whole is searched for `extends` as well."""
    try:
        source = source_of(file, read_bytes(file, 4 * LONGEST)) if size >= 0 else None
    except (OSError, ValueError):
        source = None
    if source is None:
        return (), ()
    text = (
        source if isinstance(source, Source) else source.span.source
    )  # of bytes that are no text: the beginning
    tree, wrong = read(text) if isinstance(source, Source) else (None, [source])
    root = tree.root if tree is not None else Mapping(())
    base = root.get("extends")
    bases = [base.value] if isinstance(base, Scalar) and isinstance(base.value, str) else []
    if wrong:
        bases += [match["name"].strip("\"'") for match in _EXTENDS.finditer(text.text)]
    return tuple(filter(_nameable, bases)), tuple(dict.fromkeys(_names(root)))


def _names(root: Mapping) -> Iterator[str]:
    """The texts of a Tree that may be names of files: those with a dot or a slash, and what is called `path`."""
    stack: list[tuple[str, Node]] = [("", root)]
    while stack:
        key, node = stack.pop()
        if isinstance(node, Mapping):
            stack += [(entry.name, entry.value) for entry in node]
        elif not isinstance(node, Scalar):
            stack += [(key, part) for part in node]
        elif isinstance(node.value, str) and _nameable(node.value) and key not in ("doc", "extends"):
            yield from [node.value] if key == "path" or {".", "/"} & set(node.value) else []


def _nameable(text: str) -> bool:
    return 0 < len(text) < LONGEST_NAME and not set(text) & set("\0\n") and "://" not in text


def _beside(place: Path, name: str) -> list[Path]:
    """The settings of the weights at a place below the folder that a name is relative to."""
    if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
        return []
    try:
        folder = place if place.is_dir() else place.parent if place.is_file() else None
        return list(folder.glob("*.json")) if folder is not None else []
    except OSError:
        return []
