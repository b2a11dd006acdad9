"""The optimisers, one file each, found by name.

A file `NAME.py` gives `build(groups, settings, device) -> torch.optim.Optimizer`: `groups` are torch's
parameter groups, each with its own `lr` and `weight_decay` (and what the recipe sets for that group alone);
`settings` is the recipe's `optimizer` without `use`, `lr` and `weight_decay`. Nothing else needs an edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.errors import PackageError

Group = dict[str, Any]
Build = Callable[[list[Group], dict[str, Any], torch.device], torch.optim.Optimizer]


def names() -> list[str]:
    """The optimisers there are, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__))


def find(name: str) -> Build:
    """The builder of the optimiser `name`. Raises `PackageError` with the known names."""
    if name not in names():
        raise PackageError(f"there is no optimiser '{name}': {', '.join(names())} are known")
    build: Build = importlib.import_module(f"{__name__}.{name}").build
    return build


class Stepwise(torch.optim.Optimizer):
    """An optimiser of our own: `move` moves the weights of one group that have a gradient.

    Its state are tensors by name, of every weight, so checkpoints keep it as they keep torch's.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self.move(group, weights, [weight.grad for weight in weights])

    def move(self, group: Group, weights: list[Tensor], gradients: list[Tensor]) -> None:
        raise NotImplementedError(f"{type(self).__name__} moves nothing")

    def kept(self, weights: list[Tensor], name: str, first: list[Tensor] | None = None) -> list[Tensor]:
        """What is kept of each weight under `name`: zeros like it, or like `first`, to begin with."""
        for weight, like in zip(weights, first or weights, strict=True):
            if name not in self.state[weight]:
                self.state[weight][name] = torch.zeros_like(like)
        return [self.state[weight][name] for weight in weights]

    def count(self, weights: list[Tensor]) -> list[int]:
        """How many steps each weight has made, this one included; the counts stay on the CPU, as torch's."""
        for weight in weights:
            self.state[weight]["step"] = self.state[weight].get("step", torch.zeros(())) + 1
        return [int(self.state[weight]["step"]) for weight in weights]


def ratios(weights: list[Tensor], steps: list[Tensor], trust: float = 1.0) -> list[Tensor]:
    """`trust |w| / |step|` of each weight; 1 where one of the norms is 0 (LARS, LAMB)."""
    found = []
    for long, far in zip(torch._foreach_norm(weights), torch._foreach_norm(steps), strict=True):
        found.append(torch.where((long > 0) & (far > 0), trust * long / far, torch.ones_like(long)))
    return found


def take(settings: dict[str, Any], use: str, **defaults: Any) -> dict[str, Any]:
    """The settings over their defaults; raises `PackageError` for one that the optimiser does not know."""
    unknown = sorted(set(settings) - set(defaults))
    if unknown:
        raise PackageError(f"the optimiser {use} has no setting '{unknown[0]}': it has {', '.join(defaults)}")
    return {**defaults, **settings}


def fused_or_foreach(kind: type[torch.optim.Optimizer], device: torch.device) -> dict[str, bool]:
    """`fused` where this torch has it for this device, else `foreach`. Asked of torch itself, by building
    one.
    """
    try:
        kind([torch.zeros(1, device=device, requires_grad=True)], fused=True)  # type: ignore[call-arg]
    except (RuntimeError, TypeError, ValueError, NotImplementedError):
        return {"foreach": True}
    return {"fused": True}
