"""Adafactor: a second moment kept as its sums over rows and over columns (arXiv 1804.04235), with a decay
times the rate and, if asked, a first moment (Scaling ViT, arXiv 2106.04560 sec. 3.4).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.optimizers import Group, Stepwise, take

LEAST = 1e-3
"""What the root mean square of a weight counts as at least, where it multiplies the rate (algorithm 5)."""


class Adafactor(Stepwise):
    """At step `t`, with `b = min(slowest, 1 - t^-memory)`, the second moment `v = b v + (1 - b) (g^2 +
    epsilon)`, of a matrix as the outer product of its means over rows and over columns; `u = g / sqrt(v)`,
    divided by `max(1, rms(u) / clip)`; then the first moment of `u`; then `w -= lr decay w + lr u`. A weight
    of more than two dimensions is a matrix whose rows are its first.
    """

    def move(self, group: Group, weights: list[Tensor], gradients: list[Tensor]) -> None:
        for weight, gradient, count in zip(weights, gradients, self.count(weights), strict=True):
            keep = min(group["slowest"], 1.0 - count ** -group["memory"])
            rate = group["lr"]
            if group["relative"]:
                rate = rate * _size(weight).clamp_(min=LEAST)
            step = self._scaled(weight, gradient, keep, group)
            if group["clip"]:
                step.div_((_size(step) / group["clip"]).clamp_(min=1.0))
            if group["momentum"]:
                [mean] = self.kept([weight], "exp_avg")
                step = mean.lerp_(step, 1 - group["momentum"])
            weight.sub_(rate * group["weight_decay"] * weight).sub_(rate * step)

    def _scaled(self, weight: Tensor, gradient: Tensor, keep: float, group: Group) -> Tensor:
        """The gradient over the root of its second moment."""
        square = gradient.square().add_(group["epsilon"])
        matrix = square.flatten(1) if square.ndim > 1 else square[None]
        if square.ndim < 2 or min(matrix.shape) < group["smallest"]:
            [mean] = self.kept([weight], "exp_avg_sq")
            return mean.lerp_(square, 1 - keep).rsqrt().mul_(gradient)
        [rows] = self.kept([weight], "exp_avg_sq_row", [matrix.new_zeros(len(matrix))])
        [columns] = self.kept([weight], "exp_avg_sq_col", [matrix.new_zeros(matrix.shape[1])])
        rows.lerp_(matrix.mean(dim=1), 1 - keep)
        columns.lerp_(matrix.mean(dim=0), 1 - keep)
        across = (rows / rows.mean()).rsqrt_()[:, None] * columns.rsqrt()
        return across.view_as(gradient).mul_(gradient)


def _size(x: Tensor) -> Tensor:
    """The root mean square."""
    return x.norm() / x.numel() ** 0.5


def build(groups: list[Group], settings: dict[str, Any], device: torch.device) -> torch.optim.Optimizer:
    """`momentum` 0.9, `memory` 0.8, `slowest` 0.999, `clip` 1, `relative` False, `smallest` 32 and `epsilon`
    1e-30 unless set.
    """
    own = take(
        settings, "adafactor", momentum=0.9, memory=0.8, slowest=0.999, clip=1.0, relative=False,
        smallest=32, epsilon=1e-30,
    )  # fmt: skip
    return Adafactor(groups, own)
