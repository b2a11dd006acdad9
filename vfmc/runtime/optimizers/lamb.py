"""LAMB: Adam whose steps are as long as the weights (arXiv 1904.00962, algorithm 2)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.optimizers import Group, Stepwise, ratios, take


class Lamb(Stepwise):
    """With Adam's unbiased moments `m` and `v`, `u = m / (sqrt(v) + epsilon) + decay w` and `w -= lr u |w| /
    |u|`; the ratio is 1 where a norm is 0, or the group says `adapt: False`.
    """

    def move(self, group: Group, weights: list[Tensor], gradients: list[Tensor]) -> None:
        first, second = group["betas"]
        means, squares = self.kept(weights, "exp_avg"), self.kept(weights, "exp_avg_sq")
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
        counts = self.count(weights)
        spreads = torch._foreach_sqrt(squares)
        torch._foreach_div_(spreads, [(1 - second**count) ** 0.5 for count in counts])
        torch._foreach_add_(spreads, group["epsilon"])
        steps = list(torch._foreach_div(means, [1 - first**count for count in counts]))
        torch._foreach_div_(steps, spreads)
        torch._foreach_add_(steps, weights, alpha=group["weight_decay"])
        if group["adapt"]:
            torch._foreach_mul_(steps, ratios(weights, steps))
        torch._foreach_add_(weights, steps, alpha=-group["lr"])


def build(groups: list[Group], settings: dict[str, Any], device: torch.device) -> torch.optim.Optimizer:
    """`betas` (0.9, 0.999) and `epsilon` 1e-6 unless set."""
    own = take(settings, "lamb", betas=(0.9, 0.999), epsilon=1e-6)
    return Lamb(groups, {**own, "adapt": True})
