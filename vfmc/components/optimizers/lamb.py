"""LAMB."""

from math import prod
from typing import Any

from vfmc.components import NonNegative, Optimizer, Positive, Schedule, Share, arg, nested


class Lamb(Optimizer):
    """Adam whose step of every weight, decay included, is as long as the weight (arXiv 1904.00962, algorithm 2)."""

    example = "lamb(lr: per(batch: 512, value: 1e-3, rule: sqrt), weight_decay: 0.01)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    betas: list[Share] = arg([0.9, 0.999], min_length=2, max_length=2, help="decay of the two moments")
    epsilon: float = arg(1e-6, gt=0, help="added to the root of the second moment")
    weight_decay: NonNegative | Schedule = nested("schedule", 0.01, help="decay, inside the adapted step")
    unadapted: list[str] = arg(
        ["bias", "norm", "scale"], help="roles of weights that move without adaptation"
    )

    def keeps(self, shape: tuple[int, ...]) -> int:
        return 2 * prod(shape)

    def by_role(self, role: str) -> dict[str, Any]:
        return {"adapt": False} if role in self.unadapted else {}

    def settings(self, numbers: dict[str, Any]) -> dict[str, Any]:
        return super().settings({name: value for name, value in numbers.items() if name != "unadapted"})
