"""A straight line."""

from vfmc.components.curves import Curve


class Linear(Curve):
    """A straight line from `start` to `end` over the training, after a linear warm-up."""

    kind = "schedule"
    example = "linear(warmup: 2%)"
