"""LARS: momentum with a rate of its own for every weight (arXiv 1708.03888)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.errors import PackageError
from vfmc.runtime.optimizers import Group, Stepwise, ratios, take

MOMENTA = ("gradient", "step")


class Lars(Stepwise):
    """With `g' = g + decay w` and `r = trust |w| / |g'|` (1 where a norm is 0, or the group says `adapt:
    False`), `momentum_of: gradient` is `v = m v + r g'`, `w -= lr v`, as Barlow Twins, MoCo v3 and MAE write
    it; `step` is `v = m v + lr r g'`, `w -= v`, as SimCLR does, so that a step keeps the rate that it was
    made at. `nesterov` moves by `m v` and the newest once more, in place of `v`.
    """

    def move(self, group: Group, weights: list[Tensor], gradients: list[Tensor]) -> None:
        momentum, rate = group["momentum"], group["lr"]
        steps = list(torch._foreach_add(gradients, weights, alpha=group["weight_decay"]))
        if group["adapt"]:
            torch._foreach_mul_(steps, ratios(weights, steps, group["trust"]))
        if group["momentum_of"] == "step":
            torch._foreach_mul_(steps, rate)
            rate = 1.0
        if momentum:
            kept = self.kept(weights, "momentum_buffer")
            torch._foreach_mul_(kept, momentum)
            torch._foreach_add_(kept, steps)
            steps = list(torch._foreach_add(steps, kept, alpha=momentum)) if group["nesterov"] else kept
        torch._foreach_add_(weights, steps, alpha=-rate)


def build(groups: list[Group], settings: dict[str, Any], device: torch.device) -> torch.optim.Optimizer:
    """`momentum` 0.9, `nesterov` False, `trust` 0.001 and `momentum_of` gradient unless set."""
    own = take(settings, "lars", momentum=0.9, nesterov=False, trust=0.001, momentum_of="gradient")
    if own["momentum_of"] not in MOMENTA:
        raise PackageError(f"lars keeps the momentum of {' or '.join(MOMENTA)}, not of {own['momentum_of']}")
    return Lars(groups, {**own, "adapt": True})
