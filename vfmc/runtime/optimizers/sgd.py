"""SGD with momentum; the decay is added to the gradient, as torch does and as MoCo's and SimSiam's recipes
mean it.
"""

from __future__ import annotations

from typing import Any

import torch

from vfmc.runtime.optimizers import Group, fused_or_foreach, take


def build(groups: list[Group], settings: dict[str, Any], device: torch.device) -> torch.optim.Optimizer:
    """`momentum` 0.9, `dampening` 0 and `nesterov` False unless set."""
    own = take(settings, "sgd", momentum=0.9, nesterov=False, dampening=0.0)
    return torch.optim.SGD(
        groups,
        momentum=float(own["momentum"]),
        dampening=float(own["dampening"]),
        nesterov=bool(own["nesterov"]),
        **fused_or_foreach(torch.optim.SGD, device),
    )
