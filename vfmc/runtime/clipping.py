"""Gradient clipping in its three meanings, which the papers do not tell apart by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime.errors import PackageError

Named = list[tuple[str, nn.Parameter]]
EPSILON = 1e-6  # torch.nn.utils.clip_grad_norm_, and DINO's clip_gradients


def gradients(weights: Iterable[nn.Parameter]) -> list[Tensor]:
    return [weight.grad for weight in weights if weight.grad is not None]


def global_norm(weights: Iterable[nn.Parameter]) -> Tensor:
    """The L2 norm over all gradients together, a scalar on their device; 0 where there is none."""
    found = gradients(weights)
    if not found:
        return torch.zeros(())
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(found)))


def _whole(named: Named, limit: float) -> None:
    _scale(gradients(weight for _, weight in named), limit)


def _each_parameter(named: Named, limit: float) -> None:
    found = gradients(weight for _, weight in named)
    if found:
        norms = torch.stack(torch._foreach_norm(found))
        torch._foreach_mul_(found, list((limit / (norms + EPSILON)).clamp(max=1.0).unbind()))


def _each_module(named: Named, limit: float) -> None:
    modules: dict[str, list[nn.Parameter]] = {}
    for name, weight in named:
        modules.setdefault(name.split(".", 1)[0], []).append(weight)
    for weights in modules.values():
        _scale(gradients(weights), limit)


def _scale(found: list[Tensor], limit: float) -> None:
    if found:
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(found)))
        torch._foreach_mul_(found, (limit / (norm + EPSILON)).clamp(max=1.0))


# A module is a tower or a head: the first part of the weight's name.
CLIPPINGS: dict[str, Callable[[Named, float], None]] = {
    "global_norm": _whole,  # BEiT, EVA, Swin, open_clip: one norm over everything
    "per_parameter_norm": _each_parameter,  # DINO, iBOT: each tensor by its own norm
    "per_module_norm": _each_module,  # DINOv2, DINOv3: each tower or head by its own
}


def clip(named: Named, settings: dict[str, Any] | None) -> Tensor:
    """Clips the gradients in place as `{"use": ..., "max": ...}` says (None or `none`: not at all).

    Returns the global norm from before, a scalar tensor: what is logged, and what tells that a gradient is
    not a number.
    """
    norm = global_norm(weight for _, weight in named)
    use = (settings or {}).get("use", "none")
    if use != "none":
        if use not in CLIPPINGS:
            raise PackageError(f"there is no clipping '{use}': none, {', '.join(CLIPPINGS)} are known")
        assert settings is not None
        CLIPPINGS[use](named, float(settings["max"]))
    return norm
