"""The gradients of one part of a step: dense, in micro-batches, and over ranks, always those of the whole
batch at once.

A loss that is a mean over samples (`couples: "samples"`) is averaged over micro-batches and ranks. A loss
that compares samples with one another (`couples: "batch"`) is cut at the operands of the losses, as GradCache
does (arXiv 2101.06983):

1. embed every micro-batch without a graph and keep the operands (skipped with one micro-batch: its graph is
   kept instead);
2. join the operands of all micro-batches and ranks, combine them once, and go back to the operands. What
   weighs inside the losses (a logit scale, prototypes) gets its gradient here and only here, so exactly once:
   passing through the loss once per micro-batch, as open_clip's `--accum-freq` does, gives it as many times
   its gradient as there are micro-batches;
3. embed each micro-batch again with a graph and go on backwards from the kept gradients of its operands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import Precision

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Part:
    """One part of a step: its name, its losses, whether they couple the batch, and which dimension of each
    batch tensor counts samples.
    """

    name: str
    losses: tuple[str, ...]
    coupled: bool
    dims: dict[str, int]

    @classmethod
    def all_of(cls, recipe: dict[str, Any], dims: dict[str, int]) -> list[Part]:
        """The parts of a recipe, in order."""
        return [
            cls(
                name,
                tuple(own["losses"]),
                any(recipe["losses"][loss].get("couples") == "batch" for loss in own["losses"]),
                dims,
            )
            for name, own in recipe["parts"].items()
        ]


def split(batch: Batch, dims: dict[str, int], pieces: int) -> list[Batch]:
    """The batch in `pieces` micro-batches of as equal a size as can be, in order."""
    if pieces == 1:
        return [batch]
    cut = {name: tensor.tensor_split(pieces, dims.get(name, 0)) for name, tensor in batch.items()}
    return [{name: parts[i] for name, parts in cut.items()} for i in range(pieces)]


def size(batch: Batch, dims: dict[str, int]) -> int:
    """The number of samples in a batch."""
    name, tensor = next(iter(batch.items()))
    return tensor.shape[dims.get(name, 0)]


def accumulate(
    objective: nn.Module,
    part: Part,
    batch: Batch,
    pieces: int,
    precision: Precision,
    ranks: Ranks,
    scale: Tensor | float = 1.0,
) -> dict[str, Tensor]:
    """Adds the gradients of one part (times `scale`) and returns its losses, detached: `{"clip": ...,
    "total": ...}`.

    After the mean over the ranks the gradients are those of the whole batch. Losses of a part that couples
    are of the whole batch on every rank; the others are of this rank's slice.
    """
    micro = split(batch, part.dims, pieces)
    if part.coupled and (len(micro) > 1 or ranks.world > 1):
        return _two_passes(objective, part, micro, precision, ranks, scale)
    whole: dict[str, Tensor] = {}
    samples = size(batch, part.dims)
    for piece in micro:
        share = size(piece, part.dims) / samples
        with precision.context():
            operands = objective.embed(piece, part.name)  # type: ignore[operator]
        losses = objective.combine(precision.full(operands), part.name)  # type: ignore[operator]
        (losses["total"] * (scale * share)).backward()
        for name, loss in losses.items():
            whole[name] = whole.get(name, 0.0) + loss.detach() * share
    return whole


def _two_passes(
    objective: nn.Module,
    part: Part,
    micro: list[Batch],
    precision: Precision,
    ranks: Ranks,
    scale: Tensor | float,
) -> dict[str, Tensor]:
    again = len(micro) > 1
    first: list[Batch] = []
    with torch.set_grad_enabled(not again), running_statistics_kept(objective, again), precision.context():
        for piece in micro:
            first.append(objective.embed(piece, part.name))  # type: ignore[operator]
    leaves = {name: _joined([operands[name] for operands in first], dim_of(name), ranks) for name in first[0]}
    losses: dict[str, Tensor] = objective.combine(precision.full(leaves), part.name)  # type: ignore[operator]
    (losses["total"] * scale).backward()
    cached = {
        name: _own(leaf.grad, dim_of(name), ranks) for name, leaf in leaves.items() if leaf.grad is not None
    }
    del leaves
    sizes = [{name: operands[name].shape[dim_of(name)] for name in cached} for operands in first]
    starts = dict.fromkeys(cached, 0)
    for index, piece in enumerate(micro):
        if again:
            with precision.context():
                operands = objective.embed(piece, part.name)  # type: ignore[operator]
        else:
            operands = first[index]
        ends, gradients = [], []
        for name, gradient in cached.items():
            length = sizes[index][name]
            if operands[name].requires_grad:
                ends.append(operands[name])
                gradients.append(gradient.narrow(dim_of(name), starts[name], length).to(operands[name].dtype))
            starts[name] += length
        if ends:
            torch.autograd.backward(ends, gradients)
    return {name: loss.detach() for name, loss in losses.items()}


def dim_of(operand: str) -> int:
    """The dimension of an operand that counts samples: `[V, B, ...]` under a key that ends in `:V`, else `[B,
    ...]`.
    """
    return 1 if operand.endswith(":V") else 0


def _joined(tensors: list[Tensor], dim: int, ranks: Ranks) -> Tensor:
    """The operands of all micro-batches and ranks as one leaf of the graph."""
    own = torch.cat([tensor.detach() for tensor in tensors], dim) if len(tensors) > 1 else tensors[0].detach()
    whole = ranks.gather(own, dim)
    return whole.requires_grad_() if whole.is_floating_point() else whole


def _own(gradient: Tensor, dim: int, ranks: Ranks) -> Tensor:
    """This rank's slice of an operand's gradient, times the ranks: their mean is taken later, and here their
    sum is meant.
    """
    if ranks.world == 1:
        return gradient
    length = gradient.shape[dim] // ranks.world
    return gradient.narrow(dim, ranks.rank * length, length) * ranks.world


@contextmanager
def running_statistics_kept(objective: nn.Module, keep: bool) -> Iterator[None]:
    """While `keep`, batch norms use the batch as ever but leave their running statistics: the pass that is
    repeated must not count twice.
    """
    norms = [
        module
        for module in objective.modules()
        if keep
        and isinstance(module, nn.modules.batchnorm._BatchNorm)
        and module.training
        and module.track_running_stats
    ]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
