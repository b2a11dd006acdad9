"""SGD."""

from math import prod

from vfmc.components import Finding, NonNegative, Optimizer, Positive, Schedule, Share, arg, nested


class Sgd(Optimizer):
    """Stochastic gradient descent with momentum."""

    example = "sgd(lr: 0.1, momentum: 0.9)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    momentum: Share = arg(0.9, help="decay of the accumulated gradient")
    nesterov: bool = arg(False, help="look ahead")
    dampening: Share = arg(0.0, help="share of a new gradient that the momentum leaves out")
    weight_decay: NonNegative | Schedule = nested("schedule", 0.0, help="L2 decay, added to the gradient")

    def consistent(self) -> None:
        if self.nesterov and (not self.momentum or self.dampening):
            raise Finding(
                "looking ahead needs a momentum, and no dampening",
                argument="nesterov",
                code="REF118",
                help="leave `dampening` out, or `nesterov`",
            )

    def keeps(self, shape: tuple[int, ...]) -> int:
        return prod(shape) if self.momentum else 0
