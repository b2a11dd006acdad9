"""The optimisers, one file each, found by name.

A file `NAME.py` gives `build(groups, settings, device) -> torch.optim.Optimizer`: `groups` are torch's
parameter groups, each with its own `lr` and `weight_decay`; `settings` is the recipe's `optimizer` without
`use`, `lr` and `weight_decay`. `SLOTS` counts the numbers that it keeps for each weight (the estimate of
memory reads it). Nothing else needs an edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

from vfmc.runtime.errors import PackageError

Group = dict[str, Any]
Build = Callable[[list[Group], dict[str, Any], torch.device], torch.optim.Optimizer]


def names() -> list[str]:
    """The optimisers there are, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__))


def find(name: str) -> Build:
    """The builder of the optimiser `name`. Raises `PackageError` with the known names."""
    build: Build = _module(name).build
    return build


def slots(name: str) -> int:
    """How many numbers the optimiser `name` keeps for each weight."""
    return int(_module(name).SLOTS)


def _module(name: str) -> ModuleType:
    if name not in names():
        raise PackageError(f"there is no optimiser '{name}': {', '.join(names())} are known")
    return importlib.import_module(f"{__name__}.{name}")


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
