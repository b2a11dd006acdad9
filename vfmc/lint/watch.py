"""Linting again whenever a file changes: the times of the files are looked at, which needs no package."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from vfmc.lint.bases import closure

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
    looked = {file for path in paths for file in closure(path)}
    return {str(file): file.stat().st_mtime_ns for file in looked if file.is_file()}
