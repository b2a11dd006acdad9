"""Bytes that training holds whatever the batch: weights, gradients, optimiser state, copies, in float32.

Activations come on top; they depend on the batch, the precision and what is recomputed.
"""

from __future__ import annotations

from vfmc.graph.program import Program
from vfmc.plan.parameters import parameters

FLOAT32 = 4
SLOTS = {"adamw": 2, "sgd": 1}  # numbers kept for each weight: two moments; the momentum
MOST_SLOTS = 2  # of an optimiser that does not say


def memory(program: Program) -> dict[str, int]:
    """Bytes of `weights`, `gradients`, `optimizer`, `copies`, `buffers`, and their `total`."""
    counted = parameters(program)
    use = program.train.optimizer.component_name
    slots = getattr(program.train.optimizer, "slots", SLOTS.get(use, MOST_SLOTS))
    buffers = sum(w.size for module in program.modules.values() for w in module.weights if w.buffer)
    found = {
        "weights": FLOAT32 * counted["total"],
        "gradients": FLOAT32 * counted["trainable"],
        "optimizer": FLOAT32 * slots * counted["trainable"],
        "copies": FLOAT32 * counted["copies"],
        "buffers": FLOAT32 * buffers,
    }
    return found | {"total": sum(found.values())}
