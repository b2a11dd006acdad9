"""AdamW."""

from math import prod

from vfmc.components import NonNegative, Optimizer, Positive, Schedule, Share, arg, nested


class Adamw(Optimizer):
    """Adam with decoupled weight decay (arXiv 1711.05101)."""

    example = "adamw(lr: 1e-3, weight_decay: 0.05)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    betas: list[Share] = arg([0.9, 0.999], min_length=2, max_length=2, help="decay of the two moments")
    epsilon: float = arg(1e-8, gt=0, help="added to the root of the second moment")
    weight_decay: NonNegative | Schedule = nested(
        "schedule", 0.01, help="decoupled decay, times the learning rate"
    )

    def keeps(self, shape: tuple[int, ...]) -> int:
        return 2 * prod(shape)
