"""One optimiser step: knobs, parts, clipping, update, and what it measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime import gradients, random
from vfmc.runtime.errors import TrainingStopped
from vfmc.runtime.feed import Batches
from vfmc.runtime.gradients import Part
from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.package import to_device
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import Precision
from vfmc.runtime.timeline import Moment

LEAST_SCALE = 2.0**-14
"""A loss scale of float16 below this has found overflow some forty steps in a row: the run has diverged."""


@dataclass
class Measured:
    """What a step measured, as one tensor on its way to the CPU. `names` says what each number is; `keys` are
    of the step's samples.
    """

    step: int
    moment: Moment
    names: list[str]
    values: Tensor
    keys: dict[str, Tensor]
    data_wait: float
    arrived: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    def read(self) -> dict[str, float]:
        """The numbers by name; waits for them if need be."""
        if self.arrived is not None:
            self.arrived.synchronize()
        return dict(zip(self.names, self.values.tolist(), strict=True))


class Stepper:
    """Makes the steps of one phase. `pieces` is the number of micro-batches."""

    def __init__(
        self, objective: nn.Module, optimizer: Optimizer, parts: list[Part], pieces: int,
        precision: Precision, scaler: torch.amp.GradScaler, ranks: Ranks, seed: int,
    ) -> None:  # fmt: skip
        self.objective, self.optimizer, self.parts, self.pieces = objective, optimizer, parts, pieces
        self.precision, self.scaler, self.ranks, self.seed = precision, scaler, ranks, seed

    def __call__(
        self, step: int, moment: Moment, batches: Batches, stop_asked: bool, data_wait: float
    ) -> Measured:
        """Makes step `step` (from 0). The numbers it returns may still be on their way."""
        objective, optimizer, scaler = self.objective, self.optimizer, self.scaler
        # The objective draws nothing by itself; a stage of somebody else's that does (dropout of timm) draws
        # the same after a resume.
        torch.manual_seed(random.key(self.seed + random.stream("torch"), step * 4096 + self.ranks.rank))
        for name, value in moment.knobs.items():
            objective.knobs[name] = value  # type: ignore[index, operator]
        optimizer.set(moment.lr, moment.weight_decay)
        optimizer.zero()
        names, values, keys = [], [], {}
        scale: Tensor | float = (
            scaler.scale(torch.ones((), device=self.precision.device)) if scaler.is_enabled() else 1.0
        )
        for part in self.parts:
            with torch.profiler.record_function(f"part.{part.name}"):
                dtype = self.precision.weights if self.precision.weights != torch.float32 else None
                batch = to_device(batches[part.name], self.precision.device, dtype)
                losses = gradients.accumulate(
                    objective, part, batch, self.pieces, self.precision, self.ranks, scale
                )
            names += [f"losses/{name}" for name in part.losses] + [f"total/{part.name}"]
            values += [losses[name] for name in part.losses] + [losses["total"]]
            if "key" in batch:
                keys[part.name] = batch["key"]
        with torch.profiler.record_function("optimizer"):
            self.ranks.reduce_gradients(weight for _, weight in optimizer.named)
            if scaler.is_enabled():
                scaler.unscale_(optimizer.torch)
            norm = optimizer.clip_gradients(step)
            scaler.step(optimizer.torch)
            scaler.update()
        with torch.no_grad(), torch.profiler.record_function("after_step"):
            objective.after_step(step + 1)  # type: ignore[operator]
        local = [float(stop_asked), data_wait]
        device = self.precision.device
        vector = torch.cat([
            torch.stack([value.detach().to(device, torch.float64).reshape(()) for value in [*values, norm]]),
            torch.tensor(local, dtype=torch.float64, device=device),
        ])  # fmt: skip
        vector = self.ranks.mean(vector)
        measured = Measured(
            step, moment, [*names, "gradient_norm", "stop", "data_wait"], vector, keys, data_wait
        )
        if device.type == "cuda":
            measured.values = vector.to("cpu", non_blocking=True)
            measured.arrived = torch.cuda.Event()
            measured.arrived.record()
        return measured


def check(
    numbers: dict[str, float],
    measured: Measured,
    scaler: torch.amp.GradScaler,
    line_of: Callable[[str], str | None],
    samples: Callable[[int], dict[str, list[str]]],
) -> None:
    """Raises `TrainingStopped` if a loss or the gradient's norm is not a number.

    Under a loss scale an overflowing gradient is no accident: the scaler skips the step and lowers its scale,
    and only a scale below `LEAST_SCALE` stops. `line_of` tells where the spec
    declares a loss, `samples` the names of a step's samples.
    """
    bad = {name: value for name, value in numbers.items() if not math.isfinite(value)}
    if list(bad) == ["gradient_norm"] and scaler.is_enabled() and scaler.get_scale() >= LEAST_SCALE:
        return
    if not bad:
        return
    found = [name.removeprefix("losses/") for name in bad if name.startswith("losses/")]
    named = "the gradient" if "gradient_norm" in bad else "the total loss"
    if found:
        lines = {name: line_of(name) for name in found}
        named = "the loss " + ", ".join(f"{name} of {line}" if line else name for name, line in lines.items())
    values = {name.removeprefix("losses/"): value for name, value in bad.items()}
    shown = ", ".join(f"{name} = {value}" for name, value in values.items())
    made_of = samples(measured.step)
    first = "; ".join(f"{part}: {', '.join(names[:3])} ..." for part, names in made_of.items())
    raise TrainingStopped(
        f"step {measured.step}: {named} is not a number ({shown}); lr was {measured.moment.lr:.3g}, "
        f"the samples were {first or 'unnamed'}. Nothing of this step was saved: lower the learning rate or "
        "clip gradients, then go on from the last checkpoint with `--resume auto`",
        step=measured.step,
        values=values,
        keys={part: [int(key) for key in tensor.tolist()] for part, tensor in measured.keys.items()},
        samples=made_of,
    )
