"""The state of a training between its steps: begin or take up, enter a phase, step, save, finish."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vfmc.runtime import checkpoint, initial, log, preflight, profiler
from vfmc.runtime.feed import Batches, Feed
from vfmc.runtime.gradients import Part
from vfmc.runtime.interrupt import command_to_go_on
from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.options import Options, Result
from vfmc.runtime.package import Package
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import Precision
from vfmc.runtime.run_folder import RunFolder
from vfmc.runtime.step import Measured, Stepper, check
from vfmc.runtime.timeline import Phase, Timeline

LOGGED = 200
"""Steps of a training that are logged unless `log_every` says otherwise: enough for a curve, little beside
the steps.
"""


class Session:
    """The state of a training between its steps: objective, optimiser, loss scale, and where it has come
    to.
    """

    def __init__(
        self,
        options: Options,
        package: Package,
        ranks: Ranks,
        precision: Precision,
        timeline: Timeline,
        run: RunFolder | None,
    ) -> None:
        self.options, self.package, self.ranks, self.precision = options, package, ranks, precision
        self.timeline, self.run = timeline, run
        self.scaler = precision.scaler()
        self.done = 0
        self.saved = 0
        self.losses: dict[str, float] = {}
        self.pending: list[Measured] = []
        self.lag = 1 if ranks.device.type == "cuda" else 0
        self.log_every = options.log_every or max(1, timeline.steps // LOGGED)
        self.every, self.keep = self._cadence()
        self.log: log.Log | None = None
        self.objective: nn.Module
        self.optimizer: Optimizer
        self._clock = time.perf_counter()
        self._trace: Any = None

    def begin(self, notes: list[str]) -> int:
        """Builds objective and optimiser, takes up the newest checkpoint if there is one, and returns the
        first step to make.
        """
        found = None
        if self.run is not None:
            told: list[str] = []
            folder = None
            if self.ranks.main:
                newest = checkpoint.newest(self.run, told)
                folder = None if newest is None else newest.folder
            folder, told = self.ranks.agree((folder, told))
            notes = [*notes, *told]
            found = None if folder is None else checkpoint.open_checkpoint(folder)
        self.done = self.saved = 0 if found is None else found.step
        phase = self.timeline.phase(self.done if self.done < self.timeline.steps else max(0, self.done - 1))
        if (
            found is not None and found.notes.get("phase") != phase.name
        ):  # saved at the seam: that phase's weights, then this one's
            phase = next((own for own in self.timeline.phases if own.name == found.notes.get("phase")), phase)
        self._build(phase)
        if found is None:
            for line in initial.load_all(
                self.objective, self.package.recipe.get("inits") or [], self.package.folder
            ):
                notes.append(line)
        else:
            found.load_weights(self.objective)
            self.optimizer.load_state(found.optimizer_state())
            if found.notes.get("scaler"):
                self.scaler.load_state_dict(found.notes["scaler"])
        self.ranks.broadcast(self.objective)
        speaks = self.ranks.main and not self.options.quiet
        writes = self.ranks.main and self.run is not None
        if writes and self.run is not None:
            log.cut(self.run.log, self.done)
        self.log = log.Log(
            self.run.log if writes and self.run else None, self.run.tensorboard if writes and self.run else None,
            self.timeline.steps, self.done, speaks,
        )  # fmt: skip
        for line in notes:
            self.log.say(line)
        if found is not None:
            self.log.say(f"going on from {found.folder.name}")
        return self.done

    def preflight(self, feed: Feed) -> None:
        where = self.run.path if self.run is not None else Path.cwd()
        assert self.log is not None
        report = preflight.check(
            self.package, self.objective, self.optimizer, self.timeline, feed.samples_per_epoch,
            self.options.accumulate, self.ranks.world, self.precision, where,
        )  # fmt: skip
        for line in report.lines():
            self.log.say(line)

    def enter(self, phase: Phase) -> None:
        """Makes `phase` the current one: its objective over the same weights, its optimiser with the state of
        the weights that stay.
        """
        if phase is not self.phase:
            before, slots = self.objective, self.optimizer.state()
            kind = self.package.objective, phase.name
            assert self.log is not None
            self.log.say(f"phase {kind[1]} begins at step {phase.start}")
            if self._class(phase) != self._class(self.phase):
                self._build(phase, before.state_dict())
            else:
                self._equip(phase)
            self.optimizer.load_state(slots)
        self._clock = time.perf_counter()

    def step(self, number: int, batches: Batches, data_wait: float, stop: bool) -> bool:
        """Makes step `number`; returns whether training is to end after it because somebody asked."""
        moment = self.timeline.at(number)
        self._trace = profiler.tick(self._trace, self.options.profile, number, self.run, self.ranks)
        with self.package.blame():
            self.pending.append(self.stepper(number, moment, batches, stop, data_wait))
        self.done = number + 1
        asked = self._read(self.lag)
        checkpoint.kill_point("step", self.done)
        if asked:
            return True
        if self.done % self.every == 0 or self.done == self.timeline.steps:
            self.save()
        return False

    def save(self) -> None:
        """Writes a checkpoint of what has been done, once everything up to here is known to be numbers."""
        self._read(0)
        if self.run is None or self.saved == self.done:
            return
        if self.ranks.main:
            notes = {
                "format": 1,
                "phase": self.phase.name,
                "samples": sum(
                    (min(self.done, p.stop) - p.start) * p.clock.batch
                    for p in self.timeline.phases
                    if p.start < self.done
                ),
                "steps": self.timeline.steps,
                "seed": self.options.seed,
                "optimizer": {"use": self.phase.recipe["optimizer"]["use"]},
                "scaler": self.scaler.state_dict(),
            }
            checkpoint.save(
                self.run, self.done, self.objective, self.optimizer.state(), notes, self._about(), self.keep
            )
        self.ranks.wait()
        self.saved = self.done

    def finish(self, interrupted: bool) -> Result:
        """Saves what is not saved yet and says where it lies, or how to go on."""
        self.save()
        assert self.log is not None
        if interrupted and self.run is not None:
            go_on = command_to_go_on(str(self.options.package), str(self.run.path), self.options.argv)
            self.log.say(
                f"stopped after step {self.done} of {self.timeline.steps}, all saved. To go on:\n  {go_on}"
            )
        elif self.run is not None:
            self.log.say(f"{self.done} of {self.timeline.steps} steps done: {self.run.path}")
        return Result(
            self.run.path if self.run else None, self.done, self.timeline.steps, interrupted, self.losses
        )

    def dry_run(self) -> Result:
        """One step on a random batch that fits the contract."""
        from vfmc.runtime.data.example import example_batch

        phase = self.phase
        entry = self.package.data.PHASES[phase.name]
        batches: Batches = {}
        for name, own in phase.recipe["parts"].items():
            wanted = (phase.recipe.get("sources") or {}).get(own.get("source"), {}).get(
                "batch"
            ) or phase.clock.batch
            batches[name] = example_batch(
                entry,
                self.ranks.slice_of(int(wanted), self.options.accumulate),
                self.options.seed,
                data_module=self.package.data,
            )
        self.pending.append(self.stepper(0, self.timeline.at(0), batches, False, 0.0))
        self._read(0)
        assert self.log is not None
        self.log.say(
            "one step on an example batch: "
            + ", ".join(f"{name} {value:.4f}" for name, value in self.losses.items())
        )
        return Result(None, 0, self.timeline.steps, False, self.losses)

    def close(self) -> None:
        profiler.stop(self._trace)
        if self.log is not None:
            self.log.close()

    def _class(self, phase: Phase) -> str:
        return next(
            entry.get("objective", "Objective")
            for entry in self.package.recipe["phases"]
            if entry["name"] == phase.name
        )

    def _build(self, phase: Phase, weights: dict[str, torch.Tensor] | None = None) -> None:
        self.objective = self.package.build_objective(
            self.options.seed, "cpu", self.precision.weights, phase.name
        )
        if weights is not None:
            initial.carry_over(self.objective, weights)
        self.objective.to(self.ranks.device)
        self.objective.train()
        self._equip(phase)

    def _equip(self, phase: Phase) -> None:
        self.phase = phase
        clock = phase.clock
        self.optimizer = Optimizer(self.objective, phase.recipe, self.ranks.device, clock)
        parts = Part.all_of(phase.recipe, self.package.dims(phase.name))
        self.stepper = Stepper(
            self.objective,
            self.optimizer,
            parts,
            self.options.accumulate,
            self.precision,
            self.scaler,
            self.ranks,
            self.options.seed,
        )

    def _cadence(self) -> tuple[int, int]:
        settings = self.package.recipe.get("checkpoint") or {}
        every = settings.get("every")
        return (max(1, self.timeline.clock.steps(every)) if every else self.timeline.steps), int(
            settings.get("keep", 3)
        )

    def _read(self, left: int) -> bool:
        """Reads what steps have measured, all but the newest `left`; checks, logs, and returns whether an end
        was asked for.
        """
        asked = False
        while len(self.pending) > left:
            measured = self.pending.pop(0)
            numbers = measured.read()
            asked |= numbers.pop("stop") > 0
            wait = numbers.pop("data_wait")
            scale = self.scaler.get_scale() if self.scaler.is_enabled() else None
            check(numbers, measured, scale, self.package.recipe["losses"])
            now = time.perf_counter()
            seconds, self._clock = max(now - self._clock, 1e-9), now
            self._log(measured, numbers, wait, seconds)
        return asked

    def _log(self, measured: Measured, numbers: dict[str, float], wait: float, seconds: float) -> None:
        assert self.log is not None
        losses = {
            name.removeprefix("losses/"): value
            for name, value in numbers.items()
            if name.startswith("losses/")
        }
        total = sum(value for name, value in numbers.items() if name.startswith("total/"))
        self.losses = {"total": total, **losses}
        done, moment = measured.step + 1, measured.moment
        row = None
        if done % self.log_every == 0 or done in (1, self.timeline.steps):
            row = {
                "step": done,
                "phase": moment.phase.name,
                "loss": total,
                "losses": losses,
                "lr": moment.lr,
                "weight_decay": moment.weight_decay,
                "knobs": moment.knobs,
                "gradient_norm": numbers["gradient_norm"],
                "samples_per_second": moment.phase.clock.batch / seconds,
                "data_wait": min(1.0, wait / seconds),
                "time": time.time(),
            }
            self.log.row(row)
        self.log.tick(done, row)

    def _about(self) -> dict[str, str]:
        lock = self.package.folder / "vfmc.lock"
        spec = ""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            spec = str(json.loads(lock.read_text(encoding="utf-8")).get("spec", ""))
        recipe = self.package.recipe
        return {
            "name": self.package.name,
            "spec": spec,
            "vfmc": str(recipe.get("vfmc", "")),
            "package": self.package.fingerprint(),
        }
