"""What a person wants to know before training begins, and what must be true for it to begin."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from vfmc.runtime import external
from vfmc.runtime.errors import PackageError, RunError
from vfmc.runtime.feed import batch_of
from vfmc.runtime.files import human
from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.package import Package
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import Precision
from vfmc.runtime.timeline import Timeline

FLOAT32 = 4  # bytes: what the plan counts the optimiser's numbers in
MOMENTS = 2  # numbers kept for each weight, where a recipe does not say


@dataclass(frozen=True)
class Preflight:
    """Counts of elements, bytes, samples and steps. `memory` is weights, gradients and optimiser state;
    activations come on top.
    """

    parameters: int
    trainable: int
    copies: int
    memory: int
    checkpoint: int
    disk_free: int
    samples_per_epoch: int | None
    batch: int
    accumulate: int
    world: int
    steps: int
    precision: str
    device: str
    warnings: tuple[str, ...]

    def lines(self) -> list[str]:
        """The same for people."""
        epoch = f"{self.samples_per_epoch:,} samples an epoch" if self.samples_per_epoch else "a stream"
        ranks = f", {self.world} ranks" if self.world > 1 else ""
        pieces = f", {self.accumulate} micro-batches a step" if self.accumulate > 1 else ""
        return [
            f"parameters  {self.parameters:,} ({self.trainable:,} trainable, {self.copies:,} in copies)",
            f"memory      {human(self.memory)} for weights, gradients and optimiser on {self.device} in "
            f"{self.precision}; activations on top",
            f"data        {epoch}, batch {self.batch:,}{pieces}{ranks}",
            f"length      {self.steps:,} steps",
            f"disk        {human(self.checkpoint)} a checkpoint, {human(self.disk_free)} free",
            *(f"warning: {warning}" for warning in self.warnings),
        ]


def check(
    package: Package,
    objective: nn.Module,
    optimizer: Optimizer,
    timeline: Timeline,
    samples_per_epoch: int | None,
    accumulate: int,
    world: int,
    precision: Precision,
    run: Path,
) -> Preflight:
    """Checks the module against the recipe, and the disk against the checkpoints.

    Raises `PackageError` if names, shapes or counts of the weights are not those of the recipe, `RunError` if
    no checkpoint fits on the disk.
    """
    recipe = package.recipe
    check_weights(package, objective)
    state = objective.state_dict()
    weights = {id(p): p for p in objective.parameters()}.values()
    total = sum(p.numel() for p in weights)
    trainable = sum(weight.numel() for _, weight in optimizer.named)
    stored = sum(tensor.nbytes for tensor in state.values())
    moving = sum(weight.nbytes for _, weight in optimizer.named)
    counted = (recipe.get("memory") or {}).get("optimizer")
    kept = MOMENTS * moving if counted is None else int(counted) // FLOAT32 * moving // max(1, trainable)
    checkpoint = stored + kept
    free = shutil.disk_usage(_existing(run)).free
    keep = int((recipe.get("checkpoint") or {}).get("keep", 3))
    if free < checkpoint:
        raise RunError(
            f"a checkpoint takes {human(checkpoint)}, and {run} has {human(free)} free: say another folder "
            "with `--out`"
        )
    warnings = []
    if free < (keep + 1) * checkpoint:
        warnings.append(
            f"{keep} kept checkpoints and the next take {human((keep + 1) * checkpoint)}, more than the "
            "disk has free"
        )
    warmup = (recipe.get("schedule") or {}).get("warmup")
    if warmup and timeline.clock.steps(warmup) >= timeline.steps:
        warnings.append(
            f"the warm-up of {timeline.clock.steps(warmup):,} steps is as long as the training or longer"
        )
    warnings += narrow_norms(objective, accumulate, world)
    counts = recipe.get("parameters") or {}
    owned = total - int(counts.get("copies", 0))
    known = not external.prefixes(recipe.get("weights") or {})
    if known and counts.get("total") and counts["total"] != owned:
        warnings.append(f"the recipe counts {counts['total']:,} parameters, and the module has {owned:,}")
    return Preflight(
        parameters=total,
        trainable=trainable,
        copies=int(counts.get("copies", 0)),
        memory=checkpoint + moving,
        checkpoint=checkpoint,
        disk_free=free,
        samples_per_epoch=samples_per_epoch,
        batch=timeline.phases[0].clock.batch,
        accumulate=accumulate,
        world=world,
        steps=timeline.steps,
        precision=precision.name,
        device=str(precision.device),
        warnings=tuple(warnings),
    )


def check_weights(package: Package, objective: nn.Module) -> None:
    """Raises `PackageError` unless the objective has the weights that the recipe lists (parameters; the
    recipe may list buffers too).
    """
    listed = package.recipe.get("weights") or {}
    if not listed:
        return
    open_ended = external.prefixes(listed)
    listed = {name: shape for name, shape in listed.items() if not external.is_pattern(name)}
    own = {name: list(tensor.shape) for name, tensor in objective.state_dict().items()}
    parameters = dict(objective.named_parameters())
    wrong = [
        f"{name} {shape} is listed, the module has {own.get(name, 'none')}"
        for name, shape in listed.items()
        if own.get(name) != list(shape)
    ]
    wrong += [
        f"{name} {list(weight.shape)} is not listed"
        for name, weight in parameters.items()
        if name not in listed and not name.startswith(open_ended)
    ]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise PackageError(
            f"the module of {package.name} does not have the weights of its recipe: {wrong[0]}{more}; run "
            "`vfmc build` again"
        )


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def check_batches(timeline: Timeline, objective: nn.Module, accumulate: int, ranks: Ranks) -> None:
    """Raises `RunError` where a batch does not divide among ranks and micro-batches, or leaves one sample alone with a batch norm."""
    sizes = [
        ranks.slice_of(batch_of(phase.recipe, part), accumulate)
        for phase in timeline.phases
        for part in phase.recipe["parts"]
    ]
    alone = [
        module
        for module in objective.modules()
        if isinstance(module, nn.BatchNorm1d)
        and module.training
        and (ranks.world == 1 or type(module).__name__ != "SyncBatchNorm")
    ]
    if alone and min(sizes) // accumulate < 2:
        shared = f", shared by {ranks.world} ranks" if ranks.world > 1 else ""
        raise RunError(
            f"a batch norm would see one sample at a time, which has no variance: the batch is {min(sizes) * ranks.world}"
            f"{shared}, in {accumulate} micro-batch{'es' * (accumulate > 1)}"
        )


def narrow_norms(objective: nn.Module, accumulate: int, world: int) -> list[str]:
    """A warning where batch norms that train see less than the whole batch; one called SyncBatchNorm sees all ranks."""
    norms = [m for m in objective.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.training]
    alone = [norm for norm in norms if type(norm).__name__ != "SyncBatchNorm"]
    if accumulate > 1 and norms:
        return ["batch normalisation sees one micro-batch at a time, not the whole batch"]
    if world > 1 and alone:
        return [
            f"{len(alone)} batch norms see the samples of one rank, not the whole batch: `norm: sync_batch` takes the "
            "statistics of all"
        ]
    return []
