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
from vfmc.runtime.feed import Batches, Feed, batch_of
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


def lag_of(device: torch.device) -> int:
    """How many steps their numbers are read behind: on CUDA one, so that the device never waits for the host
    to look. Nothing is saved before it was looked at.
    """
    return 1 if device.type == "cuda" else 0


def compile_blocks(objective: nn.Module) -> None:
    """Compiles the blocks of every stack, in place: names of weights stay, and equal blocks compile once."""
    for module in objective.modules():
        if isinstance(module, nn.ModuleList):
            for block in module:
                block.compile()


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
        feed: Feed,
    ) -> None:
        self.options, self.package, self.ranks, self.precision = options, package, ranks, precision
        self.timeline, self.run, self.feed = timeline, run, feed
        self.scaler = precision.scaler()
        self.done = 0
        self.saved = 0
        self.losses: dict[str, float] = {}
        self.pending: list[Measured] = []
        self.asked = False
        self.lag = lag_of(ranks.device)
        self.log_every = options.log_every or max(1, timeline.steps // LOGGED)
        self.every, self.keep = self._cadence()
        self.log = log.Log(None, timeline.steps, 0, speaks=False)
        self.objective: nn.Module
        self.optimizer: Optimizer
        self._clock = time.perf_counter()
        self._trace: Any = None

    def begin(self, notes: list[str]) -> int:
        """Builds objective and optimiser, takes up the newest checkpoint if there is one, and returns the
        first step to make.
        """
        found = None
        if (run := self.run) is not None:
            told, folder = self.ranks.from_main(lambda: checkpoint.newest_folder(run))
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
                self.objective,
                self.package.recipe.get("inits") or [],
                self.options.home or self.package.folder,
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
        self.log = log.Log(self.run if writes else None, self.timeline.steps, self.done, speaks)
        for line in notes:
            self.log.say(line)
        if found is not None:
            self.log.say(f"going on from {found.folder.name}")
        return self.done

    def preflight(self) -> None:
        """Checks what must be true before the first step, and says what a person wants to know."""
        preflight.check_batches(self.timeline, self.objective, self.options.accumulate, self.ranks)
        where = self.run.path if self.run is not None else Path.cwd()
        report = preflight.check(
            self.package, self.objective, self.optimizer, self.timeline, self.feed.samples_per_epoch,
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
        self._read(self.lag)
        checkpoint.kill_point("step", self.done)
        if self.done % self.every == 0 or self.done == self.timeline.steps:
            self.save()
        return self.asked and self.done < self.timeline.steps

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
        if interrupted and self.run is not None:
            go_on = command_to_go_on(str(self.run.path), self.options.argv)
            self.log.say(
                f"stopped after step {self.done} of {self.timeline.steps}, all saved. To go on:\n  {go_on}"
            )
        elif self.run is not None:
            self.log.say(f"{self.done} of {self.timeline.steps} steps done: {self.run.path}")
            if self.feed.failures:
                self.log.say(
                    f"{self.feed.failures} times a sample could not be read and its neighbour stood in: the warnings above name them"
                )
        return Result(
            self.run.path if self.run else None, self.done, self.timeline.steps, interrupted, self.losses
        )

    def dry_run(self) -> Result:
        """One step on a random batch that fits the contract."""
        from vfmc.runtime.data.example import example_batch

        phase = self.phase
        entry = self.package.data.PHASES[phase.name]
        batches: Batches = {}
        for name in phase.recipe["parts"]:
            batches[name] = example_batch(
                entry,
                self.ranks.slice_of(batch_of(phase.recipe, name), self.options.accumulate),
                self.options.seed,
                data_module=self.package.data,
            )
        self.pending.append(self.stepper(0, self.timeline.at(0), batches, False, 0.0))
        self._read(0)
        self.log.say(
            "one step on an example batch: "
            + ", ".join(f"{name} {value:.4f}" for name, value in self.losses.items())
        )
        return Result(None, 0, self.timeline.steps, False, self.losses)

    def close(self) -> None:
        profiler.stop(self._trace)
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
        if self.package.recipe.get("compile"):
            compile_blocks(self.objective)
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
        """Steps between checkpoints, and how many are kept."""
        settings = self.package.recipe.get("checkpoint") or {}
        every = settings.get("every")
        steps = self.timeline.clock.steps(every) if every else self.timeline.steps
        return max(1, steps), int(settings.get("keep", 3))

    def _read(self, left: int) -> None:
        """Reads what steps have measured, all but the newest `left`: checks it, logs it, and notes whether an
        end was asked for on some rank.
        """
        while len(self.pending) > left:
            measured = self.pending.pop(0)
            numbers = measured.read()
            self.asked |= numbers.pop("stop") > 0
            check(numbers, measured, self.scaler, self.package.loss_line, self.feed.names)
            now = time.perf_counter()
            row = log.row(measured, numbers, now - self._clock)
            self._clock = now
            if self.feed.failures:
                row["unreadable_samples"] = self.feed.failures
            self.losses = {"total": row["loss"], **row["losses"]}
            done = row["step"]
            logged = done % self.log_every == 0 or done in (1, self.timeline.steps)
            if logged:
                self.log.write(row)
            self.log.tick(done, row if logged else None)

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
