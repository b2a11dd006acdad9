"""Bytes that training holds whatever the batch: weights, gradients, optimiser state, copies, in float32.

Activations come on top; they depend on the batch, the precision and what is recomputed.
"""

from __future__ import annotations

from vfmc.graph.program import Program
from vfmc.plan.groups import frozen
from vfmc.plan.parameters import parameters

FLOAT32 = 4


def memory(program: Program) -> dict[str, int]:
    """Bytes of `weights`, `gradients`, `optimizer`, `copies`, `buffers`, and their `total`."""
    counted = parameters(program)
    buffers = sum(w.size for module in program.modules.values() for w in module.weights if w.buffer)
    found = {
        "weights": FLOAT32 * counted["total"],
        "gradients": FLOAT32 * counted["trainable"],
        "optimizer": FLOAT32 * _kept(program),
        "copies": FLOAT32 * counted["copies"],
        "buffers": FLOAT32 * buffers,
    }
    return found | {"total": sum(found.values())}


def _kept(program: Program) -> int:
    """The numbers that the optimiser keeps, as it says itself."""
    never = set(frozen(program))
    return sum(
        program.train.optimizer.keeps(weight.shape)
        for module in program.modules.values()
        for weight in module.weights
        if module.follow is None and not weight.buffer and f"{module.name}.{weight.name}" not in never
    )
