"""The training loop: the phases of a package, step by step, into the folder of a run.

Read `_run` first: it is the whole story. The state between steps stands in session.py, what one step does in
step.py and gradients.py, what moves with the step in timeline.py, where files go in run_folder.py and
checkpoint.py.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from vfmc.runtime import parallel, profiler, run_folder
from vfmc.runtime.errors import RunError
from vfmc.runtime.feed import Feed
from vfmc.runtime.interrupt import Interrupt, listening
from vfmc.runtime.options import Options, Result
from vfmc.runtime.package import Package, load_package
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import apply_backend_flags, choose_precision
from vfmc.runtime.run_folder import RunFolder
from vfmc.runtime.session import Session
from vfmc.runtime.timeline import lay_out

OpenFeed = Callable[[Options, Package, Ranks], Feed]


def train(
    package: str | Path,
    run: str | Path | None,
    *,
    steps: int | None = None,
    stop_after: int | None = None,
    resume: str = "never",
    device: str = "auto",
    precision: str | None = None,
    accumulate: int | None = None,
    data: Any = None,
    workers: int | None = None,
    seed: int | None = None,
    log_every: int | None = None,
    profile: str | tuple[int, int] | None = None,
    dry_run: bool = False,
    quiet: bool = False,
    argv: list[str] | None = None,
    home: str | Path | None = None,
    feed: OpenFeed | None = None,
) -> Result:
    """Trains the generated package in the folder `package` into the folder `run` (None for a `dry_run`).

    `steps` replaces the length of the training, schedules and all; `stop_after` ends early and leaves the
    schedules as they are, so that `resume="auto"` goes on as if nothing had been. `precision`, `accumulate`
    and `seed` replace the recipe's; under `resume="auto"` these and `steps` are those that the run began with
    unless given. `profile` ("10:15") traces these steps for TensorBoard. `dry_run` makes one step on an
    example batch and writes nothing. `home` is where relative paths of `init:` are looked for, after the
    current folder: that of the spec; the package's own if not given. `feed` replaces the data path.

    Raises `RunError` where it cannot start, `TrainingStopped` if a loss or gradient is not a number. After
    Ctrl-C or SIGTERM it finishes the step, saves, and returns with `interrupted`.
    """
    loaded = load_package(package)
    if run is None and not dry_run:
        raise RunError("training needs a folder to write to: say it with `--out`")
    said: dict[str, Any] = {"steps": steps, "seed": seed, "precision": precision, "accumulate": accumulate}
    if resume == "auto" and run is not None:
        began = RunFolder(Path(run).resolve()).command().get("resolved", {})
        said = {name: began.get(name) if value is None else value for name, value in said.items()}
    recipe = loaded.recipe
    options = Options(
        package=loaded.folder,
        run=None if run is None or dry_run else Path(run).resolve(),
        seed=int(recipe.get("seed", 0) if said["seed"] is None else said["seed"]),
        steps=said["steps"],
        stop_after=stop_after,
        resume=resume,
        device=device,
        precision=said["precision"] or recipe.get("precision") or "auto",
        accumulate=int(said["accumulate"] or recipe.get("accumulate") or 1),
        data=_absolute(data),
        workers=recipe.get("workers") if workers is None else workers,
        log_every=log_every,
        profile=profiler.parse(profile or profiler.asked(recipe.get("profile"))),
        dry_run=dry_run,
        quiet=quiet,
        argv=tuple(sys.argv if argv is None else argv),
        home=None if home is None else Path(home).resolve(),
    )
    if feed is None:
        from vfmc.runtime.data_feed import open_feed

        feed = open_feed
    with parallel.start(device) as ranks, listening() as interrupt:
        return _run(options, loaded, ranks, interrupt, feed)


def _run(
    options: Options, package: Package, ranks: Ranks, interrupt: Interrupt, open_feed: OpenFeed
) -> Result:
    precision = choose_precision(options.precision, ranks.device)
    apply_backend_flags(precision)
    feed = open_feed(options, package, ranks)
    session: Session | None = None
    try:
        timeline = lay_out(package.recipe, feed.samples_per_epoch, options.steps, feed.epochs)
        run, notes = _open_run(options, package, ranks)
        session = Session(options, package, ranks, precision, timeline, run, feed)
        start = session.begin(notes)
        session.preflight()
        if options.dry_run:
            return session.dry_run()
        end = min(timeline.steps, options.stop_after or timeline.steps)
        for phase in timeline.phases:
            first, stop = max(start, phase.start), min(phase.stop, end)
            if first >= stop:
                continue
            session.enter(phase)
            batches = feed.batches(phase, first, stop)
            for number in range(first, stop):
                began = time.perf_counter()
                with torch.profiler.record_function("data"):
                    batch = next(batches)
                if session.step(number, batch, time.perf_counter() - began, interrupt.asked):
                    return session.finish(interrupted=True)
        return session.finish(interrupted=False)
    finally:
        feed.close()
        if session is not None:
            session.close()


def _absolute(data: Any) -> Any:
    """The user's data with whole paths, so that an evaluation finds them later, from whatever folder."""
    if isinstance(data, Mapping):
        if "use" not in data:
            return {name: _absolute(value) for name, value in data.items()}
        paths = {name: _absolute(data[name]) for name in ("root", "files", "urls") if data.get(name)}
        return {**data, **paths}
    if isinstance(data, list | tuple):
        return [_absolute(value) for value in data]
    if isinstance(data, str | Path) and "://" not in str(data):
        return str(Path(data).expanduser().absolute())
    return data


def _open_run(options: Options, package: Package, ranks: Ranks) -> tuple[RunFolder | None, list[str]]:
    """The folder, made by the first rank, and what a person should know about it."""
    if (path := options.run) is None:
        return None, []
    notes = ranks.from_main(lambda: run_folder.prepare(path, package, options.command(), options.resume)[1])
    return RunFolder(path), notes
