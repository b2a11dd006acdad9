"""SGD."""

from vfmc.components.base import NonNegative, Optimizer, Positive, Schedule, arg, nested


class Sgd(Optimizer):
    """Stochastic gradient descent with momentum."""

    example = "sgd(lr: 0.1, momentum: 0.9)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    momentum: float = arg(0.9, ge=0, lt=1, help="decay of the accumulated gradient")
    nesterov: bool = arg(False, help="look ahead")
    weight_decay: NonNegative | Schedule = nested("schedule", 0.0, help="L2 decay, added to the gradient")
