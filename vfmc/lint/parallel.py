"""Many specs in several processes, where that pays: each process lints a share of them, and results come in the order of the specs."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from vfmc.lint.settings import BadSettings

SHARE = 8  # specs that a process takes at a time
Result = TypeVar("Result")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def over(paths: list[str], work: Callable[[list[str]], Result], jobs: int) -> Iterator[Result]:
    """What `work` makes of every share of the paths, in order. Raises what `work` raised, and `BadSettings` where a process died.

    The first share is this process's own: what is forked after it has imported, and remembers, all that specs like these need.
    """
    shares = [paths[start : start + SHARE] for start in range(0, len(paths), SHARE)]
    yield work(shares.pop(0))
    if not shares:
        return
    how = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(min(jobs, len(shares)), multiprocessing.get_context(how)) as pool:
        try:
            yield from pool.map(work, shares)
        except BrokenProcessPool:
            raise BadSettings(
                "a process that lints was ended from outside", "try again with --jobs 1"
            ) from None
