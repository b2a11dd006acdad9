"""Files that are either whole or not there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write(path: Path, text: str) -> None:
    """Writes a text file by rename, so that a reader or a crash meets the old one or the new one and nothing
    between.
    """
    temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    write(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def sync(path: Path) -> None:
    """Brings the bytes of a file to the disk."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Brings the names in a folder to the disk; file systems that cannot do that are left alone."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def human(count: float) -> str:
    """A number of bytes for people: `1.5 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
