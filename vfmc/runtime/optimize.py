"""The optimiser of a recipe: groups by weight name, their factors of rate and decay, windows in which they
are frozen.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime import clipping, external, optimizers
from vfmc.runtime.errors import PackageError
from vfmc.runtime.schedule import Clock


class Optimizer:
    """A torch optimiser that knows its weights by name.

    `torch` is the optimiser underneath, one of its groups for each group of the recipe. `named` lists what it
    trains.
    """

    def __init__(
        self, objective: nn.Module, recipe: dict[str, Any], device: torch.device, clock: Clock
    ) -> None:
        weights = dict(objective.named_parameters())
        self.groups = [own for own in external.expand_groups(recipe["groups"], weights) if own["weights"]]
        check_groups(self.groups, weights)
        self.named = [(name, weights[name]) for group in self.groups for name in group["weights"]]
        self.clips = _clips(self.groups, weights, recipe.get("clip"))
        self.frozen_until = [
            clock.steps(group["frozen_until"]) if group.get("frozen_until") else 0 for group in self.groups
        ]
        settings = dict(recipe["optimizer"])
        use = settings.pop("use")
        base = {
            "lr": float(settings.pop("lr")),
            "weight_decay": float(settings.pop("weight_decay", None) or 0.0),
        }
        torch_groups = [
            {"params": [weights[name] for name in group["weights"]], **base, **(group.get("settings") or {})}
            for group in self.groups
        ]
        self.torch = optimizers.find(use)(torch_groups, settings, device)
        self.set(base["lr"], base["weight_decay"])

    def set(self, lr: float, weight_decay: float) -> None:
        """Sets the rate and the decay of every group: the given ones times the factors of the group."""
        for own, group in zip(self.groups, self.torch.param_groups, strict=True):
            group["lr"] = lr * float(own.get("lr", 1.0))
            own_decay = own.get("weight_decay")  # absolute, where the optimiser's is no number to multiply
            decay = weight_decay if own_decay is None else float(own_decay)
            group["weight_decay"] = decay * float(own.get("decay", 1.0))

    def clip_gradients(self, step: int) -> Tensor:
        """Drops the gradients of groups frozen at `step`, clips the others, and returns their global norm
        from before.
        """
        for until, group in zip(self.frozen_until, self.torch.param_groups, strict=True):
            if step < until:
                for weight in group["params"]:
                    weight.grad = None
        norm = clipping.global_norm(weight for _, weight in self.named)
        for named, settings in self.clips:
            clipping.clip(named, settings)
        return norm

    def zero(self) -> None:
        self.torch.zero_grad(set_to_none=True)

    def state(self) -> dict[str, dict[str, Any]]:
        """What the optimiser keeps of each weight, by the weight's name: `{"vision.norm.bias": {"exp_avg":
        ...}}`.
        """
        return {
            name: dict(self.torch.state[weight]) for name, weight in self.named if weight in self.torch.state
        }

    def load_state(self, state: dict[str, dict[str, Any]]) -> None:
        """Takes the state of the weights it trains; others in `state` are left, and weights not in it start
        fresh.
        """
        whole = self.torch.state_dict()
        order = [name for group in self.groups for name in group["weights"]]
        whole["state"] = {index: state[name] for index, name in enumerate(order) if name in state}
        self.torch.load_state_dict(whole)


def _clips(
    groups: list[dict[str, Any]], weights: dict[str, nn.Parameter], rest: dict[str, Any] | None
) -> list[tuple[clipping.Named, dict[str, Any] | None]]:
    """Which weights are clipped together: those of a group's selector that says so, and all others."""
    found: dict[Any, clipping.Named] = {None: []}
    for group in groups:
        own = group.get("clip")
        named = found.setdefault((own["of"], own["max"]) if own else None, [])
        named += [(name, weights[name]) for name in group["weights"]]
    return [
        (named, rest if key is None else {"use": "global_norm", "max": key[1]})
        for key, named in found.items()
    ]


def check_groups(groups: list[dict[str, Any]], weights: dict[str, nn.Parameter]) -> None:
    """Raises `PackageError` unless every trainable weight stands in exactly one group, and nothing else
    does.
    """
    seen: dict[str, str] = {}
    for group in groups:
        for name in group["weights"]:
            if name in seen:
                raise PackageError(
                    f"the weight {name} stands in two groups of the optimiser: {seen[name]} and "
                    f"{group['name']}"
                )
            if name not in weights:
                raise PackageError(
                    f"the group {group['name']} names the weight {name}, which the objective does not have"
                )
            if not weights[name].requires_grad:
                raise PackageError(f"the group {group['name']} names the weight {name}, which is frozen")
            seen[name] = group["name"]
    left = [name for name, weight in weights.items() if weight.requires_grad and name not in seen]
    if left:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        raise PackageError(f"the weight {left[0]}{more} is trainable and stands in no group of the optimiser")
