"""AdamW."""

from vfmc.components.base import Optimizer, Schedule, arg, nested


class Adamw(Optimizer):
    """Adam with decoupled weight decay (arXiv 1711.05101)."""

    example = "adamw(lr: 1e-3, weight_decay: 0.05)"
    lr: float | Schedule = nested("schedule", gt=0, help="peak learning rate, or `per(batch:, value:)`")
    betas: list[float] = arg([0.9, 0.999], min_length=2, max_length=2, help="decay of the two moments")
    epsilon: float = arg(1e-8, gt=0, help="added to the root of the second moment")
    weight_decay: float | Schedule = nested("schedule", 0.01, ge=0, help="decoupled decay, times the learning rate")
