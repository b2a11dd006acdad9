"""Linting again whenever a file changes: the times of the files are looked at, which needs no package."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

PAUSE = 0.3  # seconds between two looks


def watch(once: Callable[[], int], files: Callable[[], list[str]], rounds: int | None = None) -> int:
    """Runs `once`, then again after every change; ends with Ctrl-C, or after `rounds` runs. Gives the last exit code."""
    seen, code, done = _times(files()), once(), 1
    while rounds is None or done < rounds:
        time.sleep(PAUSE)
        now = _times(files())
        if now != seen:
            click.clear()
            seen, code, done = now, once(), done + 1
    return code


def _times(paths: list[str]) -> dict[str, int]:
    return {path: Path(path).stat().st_mtime_ns for path in paths if Path(path).is_file()}
