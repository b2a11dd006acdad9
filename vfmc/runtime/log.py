"""What a run tells: `log.jsonl`, TensorBoard, and the line or bar on the screen."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from vfmc.runtime.run_folder import RunFolder
from vfmc.runtime.step import Measured

Row = dict[str, Any]
QUIET_SECONDS = 5.0
"""The least time between two plain lines."""


def read(path: Path) -> list[Row]:
    """The rows of a log, oldest first; a last line that a crash cut short is left out."""
    rows: list[Row] = []
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                break
    return rows


def cut(path: Path, step: int) -> None:
    """Drops what a log says of steps after `step`: a resumed run says it again."""
    if path.is_file():
        kept = [json.dumps(row) for row in read(path) if row.get("step", 0) <= step]
        temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}")
        temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        os.replace(temporary, path)


def row(measured: Measured, numbers: dict[str, float], seconds: float) -> Row:
    """What is logged of a step: `step` counts steps done, `loss` is the weighted total over the parts,
    `data_wait` the share of the step's `seconds` in which it waited for data.
    """
    wait, moment = numbers.pop("data_wait"), measured.moment
    losses = {
        name.removeprefix("losses/"): value for name, value in numbers.items() if name.startswith("losses/")
    }
    seconds = max(seconds, 1e-9)
    return {
        "step": measured.step + 1,
        "phase": moment.phase.name,
        "loss": sum(value for name, value in numbers.items() if name.startswith("total/")),
        "losses": losses,
        "lr": moment.lr,
        "weight_decay": moment.weight_decay,
        "knobs": moment.knobs,
        "gradient_norm": numbers["gradient_norm"],
        "samples_per_second": moment.phase.clock.batch / seconds,
        "data_wait": min(1.0, wait / seconds),
        "time": time.time(),
    }


class Log:
    """The log of one process; on ranks other than the first, or with `quiet`, it says nothing on the screen.

    `run` is None for a dry run, and on ranks that write no files.
    """

    def __init__(self, run: RunFolder | None, steps: int, start: int, speaks: bool) -> None:
        self.steps, self.speaks = steps, speaks
        self._file: TextIO | None = None
        self._writer: Any = None
        if run is not None:
            self._file = open(run.log, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
            self._writer = _writer(run.tensorboard, start)
        self._progress: Any = None
        if speaks and sys.stdout.isatty():
            self._progress, self._task = _bar(steps, start)
        self._spoke = -QUIET_SECONDS
        self._begun, self._first = time.perf_counter(), start

    def say(self, text: str) -> None:
        """A sentence for people."""
        if self.speaks:
            if self._progress is not None:
                self._progress.console.print(text, markup=False, highlight=False)
            else:
                print(text, flush=True)

    def write(self, row: Row) -> None:
        """One logged step: everything to `log.jsonl`, the numbers to TensorBoard, the main ones to the
        screen.
        """
        if self._file is not None:
            self._file.write(json.dumps(row) + "\n")
        if self._writer is not None:
            for name, value in flat(row).items():
                self._writer.add_scalar(name, value, row["step"])
        now = time.perf_counter()
        if (
            self.speaks
            and self._progress is None
            and (now - self._spoke >= QUIET_SECONDS or row["step"] == self.steps)
        ):
            self._spoke = now
            print(
                f"step {row['step']}/{self.steps}  {self.line(row)}  ETA {self._remaining(row['step'])}",
                flush=True,
            )

    def tick(self, step: int, row: Row | None) -> None:
        """A step has ended: moves the bar."""
        if self._progress is not None:
            text = {} if row is None else {"numbers": self.line(row)}
            self._progress.update(self._task, completed=step, **text)

    @staticmethod
    def line(row: Row) -> str:
        """The main numbers of a row."""
        parts = [f"loss {row['loss']:.4f}"]
        if len(row["losses"]) > 1:
            parts += [f"{name} {value:.4f}" for name, value in row["losses"].items()]
        parts += [
            f"lr {row['lr']:.3g}",
            f"{row['samples_per_second']:.0f} samples/s",
            f"data {row['data_wait']:.0%}",
        ]
        return "  ".join(parts)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._writer is not None:
            self._writer.close()
        if self._progress is not None:
            self._progress.stop()

    def _remaining(self, step: int) -> str:
        done = step - self._first
        seconds = (time.perf_counter() - self._begun) / max(1, done) * (self.steps - step)
        hours, rest = divmod(round(seconds), 3600)
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def flat(row: Row) -> dict[str, float]:
    """The numbers of a row under TensorBoard's names: `losses/clip`, `knobs/teacher.momentum`, `lr`."""
    numbers: dict[str, float] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            numbers |= {f"{name}/{key}": float(number) for key, number in value.items()}
        elif isinstance(value, int | float) and name not in ("step", "time"):
            numbers[name] = float(value)
    return numbers


def _writer(folder: Path, start: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # the extra is not installed: log.jsonl holds the same numbers
        return None
    return SummaryWriter(str(folder), purge_step=start + 1 if start else None)


def _bar(steps: int, start: int) -> tuple[Any, Any]:
    try:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        return None, None
    columns = (MofNCompleteColumn(), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[numbers]}"))
    progress = Progress(*columns, refresh_per_second=4)
    progress.start()
    return progress, progress.add_task("training", total=steps, completed=start, numbers="")
