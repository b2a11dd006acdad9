"""Several processes as one: who I am, and the few collectives that training needs.

Gradients are reduced here, flat and after the last part of a step. DDP's own hooks fire once a backward pass
and would reduce the sum of the earlier parts again, which gives wrong gradients as soon as a step has two
parts (docs/architecture.md).

Start with `torchrun --nproc-per-node N`; for restarts (`--max-restarts`) set
`TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1`, or the second attempt meets the addresses of the first and hangs
(pytorch issue 135712).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from vfmc.runtime.errors import RunError
from vfmc.runtime.precision import choose_device

T = TypeVar("T")

SHARED_STORE = "TORCH_DISABLE_SHARE_RDZV_TCP_STORE"

BUCKET = 64 * 2**20
"""Bytes of gradients in one all-reduce: enough to hide the latency, little beside the gradients
themselves.
"""


@dataclass(frozen=True)
class Ranks:
    """This process among `world` of them. With one process every collective is the identity."""

    rank: int
    world: int
    device: torch.device

    @property
    def main(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def slice_of(self, batch: int, accumulate: int = 1) -> int:
        """Samples of a global batch that this rank takes. Raises `RunError` if they do not divide evenly."""
        if batch % self.world:
            raise RunError(f"a batch of {batch} does not divide among {self.world} ranks")
        if batch // self.world < accumulate:
            raise RunError(
                f"a batch of {batch} leaves {batch // self.world} samples to each of {self.world} ranks, and "
                f"{accumulate} micro-batches need one each: say fewer with `train.accumulate`"
            )
        return batch // self.world

    def broadcast(self, module: nn.Module) -> None:
        """Gives every rank the weights and buffers of rank 0."""
        if self.world > 1:
            for tensor in module.state_dict().values():
                dist.broadcast(tensor, 0)

    def reduce_gradients(self, weights: Iterable[nn.Parameter]) -> None:
        """Replaces every gradient by its mean over the ranks, in flat buckets of one dtype."""
        if self.world == 1:
            return
        for bucket in _buckets([weight.grad for weight in weights if weight.grad is not None]):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            dist.all_reduce(flat)
            flat /= self.world
            for gradient, part in zip(
                bucket, flat.split([gradient.numel() for gradient in bucket]), strict=True
            ):
                gradient.copy_(part.view_as(gradient))

    def gather(self, tensor: Tensor, dim: int) -> Tensor:
        """The tensors of all ranks, joined along `dim` in the order of the ranks. No gradient flows through
        it.
        """
        if self.world == 1:
            return tensor
        sent = tensor.detach().contiguous()
        sent = sent.to(torch.uint8) if tensor.dtype == torch.bool else sent
        received = [torch.empty_like(sent) for _ in range(self.world)]
        dist.all_gather(received, sent)
        return torch.cat(received, dim).to(tensor.dtype)

    def mean(self, values: Tensor) -> Tensor:
        """The mean of a small tensor over the ranks."""
        if self.world == 1:
            return values
        values = values.clone()
        dist.all_reduce(values)
        return values / self.world

    def from_main(self, make: Callable[[], T]) -> T:
        """What `make` gives on rank 0, on every rank; a `RunError` there is raised everywhere, so that none
        is left waiting.
        """
        if self.world == 1:
            return make()
        box: list[Any] = [None, None]
        if self.main:
            try:
                box[0] = make()
            except RunError as error:
                box[1] = str(error)
        dist.broadcast_object_list(box, 0, device=self.device if self.device.type == "cuda" else None)
        if box[1] is not None:
            raise RunError(box[1])
        made: T = box[0]
        return made

    def wait(self) -> None:
        """Returns when every rank has come here."""
        if self.world > 1:
            dist.barrier(device_ids=[self.device.index] if self.device.type == "cuda" else None)


@contextmanager
def start(device: str = "auto") -> Iterator[Ranks]:
    """The ranks that torchrun started (nccl on CUDA, gloo on the CPU), or this process alone."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = choose_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if world == 1 or "RANK" not in os.environ:
        yield Ranks(0, 1, chosen)
        return
    if int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) > 0 and SHARED_STORE not in os.environ:
        warnings.warn(f"restarts hang unless torchrun is started with {SHARED_STORE}=1", stacklevel=3)
    own = not dist.is_initialized()
    if own:
        if chosen.type == "cuda":
            dist.init_process_group("nccl", device_id=chosen)
        else:
            dist.init_process_group("gloo")
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), chosen)
        if own:
            dist.barrier()  # no rank leaves while another still talks to it
    finally:
        if own:
            dist.destroy_process_group()


def _buckets(gradients: list[Tensor]) -> Iterator[list[Tensor]]:
    for dtype in dict.fromkeys(gradient.dtype for gradient in gradients):
        bucket: list[Tensor] = []
        size = 0
        for gradient in gradients:
            if gradient.dtype != dtype:
                continue
            if bucket and size + gradient.nbytes > BUCKET:
                yield bucket
                bucket, size = [], 0
            bucket.append(gradient)
            size += gradient.nbytes
        if bucket:
            yield bucket
