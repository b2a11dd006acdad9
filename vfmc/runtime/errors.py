"""What the runtime says when it cannot go on. Each message is a sentence or two that a person can act on."""

from __future__ import annotations


class RunError(Exception):
    """A run that cannot start or go on as asked: what is wrong, where, and what to do. `exit_code` is for
    command lines.
    """

    exit_code = 2


class PackageError(RunError):
    """A generated package that does not fit: its ABI, its files, its weights or its recipe."""


class CheckpointError(RunError):
    """A checkpoint that is damaged, or that holds other weights than the objective."""


class TrainingStopped(RunError):
    """Training met a loss or a gradient that is not a number. What the numbers were stands in the fields.

    `step` counts optimiser steps from 0, `values` maps a loss (or `gradient_norm`) to what it was, `keys`
    (the random keys) and `samples` (what the source calls them) say of which samples the step was made, part
    -> list; of this rank, and empty where the batch or the source does not say.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        step: int,
        values: dict[str, float],
        keys: dict[str, list[int]],
        samples: dict[str, list[str]],
    ) -> None:
        super().__init__(message)
        self.step = step
        self.values = values
        self.keys = keys
        self.samples = samples
