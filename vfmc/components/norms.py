"""Batch normalisation as several stages have it: its weights, its buffers, and the words for its variants."""

from __future__ import annotations

from typing import Literal

from vfmc.components import Weight

Norm = Literal["batch", "sync_batch"]
Affine = Literal["full", "scale_only", "no_affine"]


def batch_norm(name: str, width: int, affine: str = "full", layer: int | None = None) -> list[Weight]:
    """What a batch norm saves, in the order of its state dict; `name` ends in a dot or is empty.

    A gain and a shift that are learned (the gain alone if `scale_only`), then the running mean and variance, and how many batches
    they have seen.
    """
    learned = {"full": ("weight", "bias"), "scale_only": ("weight",), "no_affine": ()}[affine]
    return [
        *(Weight(f"{name}{own}", (width,), "norm", layer) for own in learned),
        *(
            Weight(f"{name}{own}", (width,), "norm", layer, buffer=True)
            for own in ("running_mean", "running_var")
        ),
        Weight(f"{name}num_batches_tracked", (), "norm", layer, buffer=True),
    ]
