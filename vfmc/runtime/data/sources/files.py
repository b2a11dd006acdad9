"""Paths of data: patterns, and what to say when nothing is there."""

from __future__ import annotations

import glob
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vfmc.runtime.data.errors import SourceMissing

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
"""Extensions of image files, in lower case."""

EXTENSIONS = {
    "image": "jpg;jpeg;png;webp",
    "depth": "depth.png;depth.npy;depth.tif;depth.tiff",
    "camera": "camera.json",
    "thermal": "thermal.png;thermal.jpg;thermal.npy;ir.png;ir.jpg",
    "audio": "wav;flac;ogg;mp3",
    "signal": "signal.npy;imu.npy;signal.csv;imu.csv;npy",
    "video": "mp4;webm;mkv;avi;mov;video.npy",
    "text": "txt;json:caption|text",
    "label": "cls;json:label|class",
}
"""Which extensions hold an input of a kind, of files with one stem, the first that a sample has; `json:field` is a field of
its .json file.
"""

INSTEAD = "train on your own with `vfmc train SPEC --data pairs.csv` or `vfmc train SPEC --data images/`"

_BRACE = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def expand(pattern: str) -> Iterator[str]:
    """`shard-{00..12}.tar`, `{train,val}.csv`: every name that the braces stand for, in order."""
    found = _BRACE.search(pattern)
    if found is None:
        yield pattern
        return
    span = _RANGE.fullmatch(found.group(1))
    if span is not None:
        first, last = span.groups()
        choices: Iterable[str] = (
            str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)
        )
    else:
        choices = found.group(1).split(",")
    for choice in choices:
        yield from expand(pattern[: found.start()] + choice + pattern[found.end() :])


def find_files(patterns: str | Sequence[str], root: Path, what: str) -> list[Path]:
    """The files that `patterns` (with braces or wildcards, relative to `root`) name, in order.

    Raises `SourceMissing` if none is there or one of a range is not: part of a data set is never taken for
    the whole.
    """
    patterns = [patterns] if isinstance(patterns, str) else list(patterns)
    shown = ", ".join(patterns)
    found: list[Path] = []
    absent: list[Path] = []
    for pattern in patterns:
        if re.match(r"[a-z0-9]+://|pipe:", pattern):
            raise SourceMissing(
                f"{what} '{shown}' cannot be found on this machine, and nothing is downloaded: {INSTEAD}"
            )
        for path in (root / Path(name).expanduser() for name in expand(pattern)):
            if glob.has_magic(str(path)):
                found += sorted(Path(match) for match in glob.glob(str(path), recursive=True))
            else:
                (found if path.is_file() else absent).append(path)
            if len(absent) > 100_000 and not found:
                break
    if not found:
        raise SourceMissing(
            f"{what} '{shown}' cannot be found on this machine (looked in {root.resolve()}): {INSTEAD}"
        )
    if absent:
        total = len(found) + len(absent)
        raise SourceMissing(
            f"{len(absent)} of {total} files of {what} '{shown}' are missing, the first is {absent[0]}:"
            " name the ones you have with --data"
        )
    return found


def walk(folder: Path, endings: Sequence[str] = IMAGES) -> list[str]:
    """All image files below `folder` (or files with other endings), sorted by path; hidden files are passed over,
    links to folders followed.
    """
    found = []
    for place, _, names in os.walk(folder, followlinks=True):
        found += [os.path.join(place, name) for name in names if ends(name, endings)]
    return sorted(found)


def ends(name: str, endings: Sequence[str]) -> bool:
    """Whether a file that is not hidden has one of the endings."""
    return name.lower().endswith(tuple(endings)) and not name.startswith(".")


def first_few(names: Sequence[str], count: int = 3) -> str:
    """`a, b, c and 4 more`."""
    more = len(names) - count
    return ", ".join(itertools.islice(names, count)) + (f" and {more} more" if more > 0 else "")
