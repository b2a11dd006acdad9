"""LARS."""

from math import prod
from typing import Any, Literal

from vfmc.components import Finding, NonNegative, Optimizer, Positive, Schedule, Share, arg, nested


class Lars(Optimizer):
    """Momentum with a rate for every weight: `trust` times its norm over that of its gradient, decay included (arXiv 1708.03888).

    `momentum_of: gradient` keeps the adapted gradients and multiplies by the rate at the end (Barlow Twins, MoCo v3, MAE);
    `step` keeps whole steps with the rates that they were made at (SimCLR).
    """

    example = "lars(lr: per(batch: 256, value: 0.3), weight_decay: 1e-6)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    momentum: Share = arg(0.9, help="decay of the accumulated gradient")
    nesterov: bool = arg(False, help="look ahead")
    weight_decay: NonNegative | Schedule = nested("schedule", 0.0, help="L2 decay, added to the gradient")
    trust: float = arg(0.001, gt=0, help="the trust coefficient")
    momentum_of: Literal["gradient", "step"] = arg("gradient", help="what the momentum accumulates")
    unadapted: list[str] = arg(
        ["bias", "norm", "scale"], help="roles of weights that move without adaptation"
    )

    def consistent(self) -> None:
        if self.nesterov and not self.momentum:
            raise Finding("looking ahead needs a momentum", argument="nesterov", code="REF118")

    def keeps(self, shape: tuple[int, ...]) -> int:
        return prod(shape) if self.momentum else 0

    def by_role(self, role: str) -> dict[str, Any]:
        return {"adapt": False} if role in self.unadapted else {}

    def settings(self, numbers: dict[str, Any]) -> dict[str, Any]:
        return super().settings({name: value for name, value in numbers.items() if name != "unadapted"})
