"""SGD with momentum; the decay is added to the gradient, as torch does and as MoCo's and SimSiam's recipes
mean it.
"""

from __future__ import annotations

from typing import Any

import torch

from vfmc.runtime.optimizers import Group, fused_or_foreach, take

SLOTS = 1
"""Numbers kept for each weight: the momentum."""


def build(groups: list[Group], settings: dict[str, Any], device: torch.device) -> torch.optim.Optimizer:
    """`momentum` 0.9 and `nesterov` False unless set."""
    own = take(settings, "sgd", momentum=0.9, nesterov=False)
    return torch.optim.SGD(
        groups,
        momentum=float(own["momentum"]),
        nesterov=bool(own["nesterov"]),
        **fused_or_foreach(torch.optim.SGD, device),
    )
