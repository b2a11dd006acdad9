"""Adam."""

from math import prod
from typing import Any, Literal

from vfmc.components import Finding, NonNegative, Optimizer, Positive, Schedule, Share, arg, nested


class Adam(Optimizer):
    """Adam (arXiv 1412.6980). `adamw` is the one whose decay is multiplied by the learning rate.

    `decay: l2` adds the decay to the gradient, as the paper's text means it. `by_schedule` shrinks weights by the decay times
    the share of its peak that the learning rate has at the moment: big_vision's convention, in which 1e-4 at a rate of 1e-3
    is `adamw`'s 0.1.
    """

    example = "adam(lr: 1e-3, weight_decay: 1e-4, decay: by_schedule)"
    lr: Positive | Schedule = nested("schedule", help="peak learning rate, or `per(batch:, value:)`")
    betas: list[Share] = arg([0.9, 0.999], min_length=2, max_length=2, help="decay of the two moments")
    epsilon: float = arg(1e-8, gt=0, help="added to the root of the second moment")
    weight_decay: NonNegative | Schedule = nested("schedule", 0.0, help="decay; `decay` says how")
    decay: Literal["l2", "by_schedule"] = arg("l2", help="what the decay is added to, or multiplied by")

    def consistent(self) -> None:
        if self.decay == "by_schedule" and isinstance(self.weight_decay, Schedule):
            raise Finding(
                "a decay by schedule moves with the learning rate, so it has no schedule of its own",
                argument="weight_decay",
                code="REF118",
                help="give a number, or use `adamw`",
            )

    def keeps(self, shape: tuple[int, ...]) -> int:
        return 2 * prod(shape)

    def decays(self, decay: float, lr: float) -> float:
        return (
            decay / lr if self.decay == "by_schedule" else decay
        )  # adamw multiplies by the rate: its peak is taken out

    def settings(self, numbers: dict[str, Any]) -> dict[str, Any]:
        found = super().settings(numbers)
        if found.pop("decay") == "by_schedule":
            return found | {"use": "adamw", "weight_decay": self.decays(found["weight_decay"], found["lr"])}
        return found
