"""Linting again whenever a file changes: the times of the files are looked at, which needs no package."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import click

PAUSE = 0.3  # seconds between two looks


def watch(
    once: Callable[[], int],
    files: Callable[[], Iterable[Path]],
    rounds: int | None = None,
    seconds: float | None = None,
) -> int:
    """Runs `once`, then again after every change of `files`; ends with Ctrl-C, or after `rounds` runs. Gives the last exit code.

    Raises `TimeoutError` where `seconds` have passed without a change.
    """
    seen, code, done = _times(files()), once(), 1
    last = time.monotonic()
    while rounds is None or done < rounds:
        time.sleep(PAUSE)
        now = _times(files())
        if now != seen:
            click.clear()
            seen, code, done = now, once(), done + 1
            last = time.monotonic()
        elif seconds is not None and time.monotonic() - last > seconds:
            raise TimeoutError(f"nothing has changed for {seconds} s, after {done} runs")
    return code


def _times(files: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Time and size of those that are there."""
    found = {}
    for file in set(files):
        try:
            seen = file.stat()
        except (OSError, ValueError):  # such as one that an editor just replaces
            continue
        found[str(file)] = seen.st_mtime_ns, seen.st_size
    return found
