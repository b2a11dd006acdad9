"""Adam with the decay added to the gradient (arXiv 1412.6980)."""

from __future__ import annotations

from typing import Any

import torch

from vfmc.runtime.optimizers import Group, fused_or_foreach, take


def build(groups: list[Group], settings: dict[str, Any], device: torch.device) -> torch.optim.Optimizer:
    """`betas` (0.9, 0.999) and `epsilon` 1e-8 unless set."""
    own = take(settings, "adam", betas=(0.9, 0.999), epsilon=1e-8)
    beta1, beta2 = own["betas"]
    return torch.optim.Adam(
        groups,
        betas=(float(beta1), float(beta2)),
        eps=float(own["epsilon"]),
        **fused_or_foreach(torch.optim.Adam, device),
    )
