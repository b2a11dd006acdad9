"""Bytes that training holds: weights, gradients, optimiser state and copies in float32, whatever the batch, and on a device what
a batch adds (`activations.py`).
"""

from __future__ import annotations

from vfmc.graph.program import Program
from vfmc.plan.activations import FLOAT32, Footprint, footprints
from vfmc.plan.groups import frozen
from vfmc.plan.parameters import parameters
from vfmc.source.record import record


def memory(program: Program, never: set[str] | None = None) -> dict[str, int]:
    """Bytes of `weights`, `gradients`, `optimizer`, `copies`, `buffers`, and their `total`; `never` move the `frozen` weights."""
    never = set(frozen(program)) if never is None else never
    counted = parameters(program, never)
    buffers = sum(w.size for module in program.modules.values() for w in module.weights if w.buffer)
    found = {
        "weights": FLOAT32 * counted["total"],
        "gradients": FLOAT32 * counted["trainable"],
        "optimizer": FLOAT32 * _kept(program, never),
        "copies": FLOAT32 * counted["copies"],
        "buffers": FLOAT32 * buffers,
    }
    return found | {"total": sum(found.values())}


@record(frozen=True)
class Estimate:
    """What training holds on one of some `devices`: `held` whatever the batch, and what the largest part of a step adds.

    Gradients and activations are both counted whole, though the one grows as the other shrinks: that is the room that temporary
    results have. Workspaces of libraries, and what an allocator cannot join, come on top.
    """

    held: dict[str, int]
    devices: int
    parts: tuple[Footprint, ...]

    @property
    def largest(self) -> Footprint:
        return max(self.parts, key=lambda part: sum(part.at(part.batch, self.devices, part.pieces).values()))

    @property
    def samples(self) -> int:
        """Of the largest part, how many samples are on a device at once."""
        return self.largest.samples(self.largest.batch, self.devices, self.largest.pieces)

    def parts_of(self) -> dict[str, int]:
        """Bytes by what they are for, and their `total`."""
        largest = self.largest
        found = self.held | largest.at(largest.batch, self.devices, largest.pieces)
        return found | {"total": sum(found.values())}

    def total(self, batch: int, times: int = 1) -> int:
        """Bytes if the batch were another, or cut into `times` as many micro-batches."""
        old = self.largest.batch
        sizes = (
            part.at(batch if part.batch == old else part.batch, self.devices, times * part.pieces)
            for part in self.parts
        )
        return sum(self.held.values()) + max(sum(size.values()) for size in sizes)

    def most(self, room: int) -> int:
        """The largest batch that fits; 0 if none does."""
        low, high = 0, self.largest.batch
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.total(middle) <= room else (low, middle - 1)
        return low

    def times(self, room: int) -> int:
        """How many times as many micro-batches let the batch fit, a power of two; 0 if none do."""
        times, own = 2, -(-self.largest.batch // self.devices)
        while times * self.largest.pieces < 2 * own:
            if self.total(self.largest.batch, times) <= room:
                return times
            times *= 2
        return 0


def estimate(program: Program, devices: int = 1) -> Estimate:
    """Of a program on so many devices, each of which holds all weights."""
    held = memory(program)
    held.pop("total")
    return Estimate(held, devices, tuple(footprints(program)))


def _kept(program: Program, never: set[str]) -> int:
    """The numbers that the optimiser keeps, as it says itself."""
    return sum(
        program.train.optimizer.keeps(weight.shape)
        for module in program.modules.values()
        for weight in module.weights
        if module.follow is None and not weight.buffer and f"{module.name}.{weight.name}" not in never
    )
