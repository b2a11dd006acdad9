"""Ctrl-C and SIGTERM: finish the step, save, say how to go on."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether somebody has asked for an end. A second Ctrl-C ends at once, as it does without us."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def listening() -> Iterator[Interrupt]:
    """While it lasts, SIGINT and SIGTERM only ask. Outside the main thread Python delivers no signals:
    nothing is changed there.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def command_to_go_on(run: str, argv: Sequence[str] | None = None) -> str:
    """The command that takes a run up again: the one that started it, with `--resume auto` and its folder.

    `argv` is `sys.argv` unless given. A process that was started neither by `vfmc train` nor by a package's
    `train.py` is told to train the package that the run keeps.
    """
    words = list(sys.argv if argv is None else argv)
    program = os.path.basename(words[0]) if words else ""
    kept, skip = [], False
    for word in words[1:]:
        if skip or word.split("=", 1)[0] in ("--resume", "--out"):
            skip = not skip and "=" not in word
            continue
        kept.append(word)
    world = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    start = ["torchrun", "--nproc-per-node", str(world)] if world > 1 else ["python"]
    if program == "train.py":
        start += [words[0]]
    elif program in ("vfmc", "vfmc.exe", "__main__.py"):
        start = [*start, "-m", "vfmc"] if world > 1 or program == "__main__.py" else ["vfmc"]
    else:
        start = [*start, "-m", "vfmc"] if world > 1 else ["vfmc"]
        kept = ["train", os.path.join(run, "package")]
    return shlex.join([*start, *kept, "--out", run, "--resume", "auto"])
