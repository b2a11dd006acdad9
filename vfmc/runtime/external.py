"""Weights of modules of somebody else's: the compiler knows two names for all of them, here their own stand in their place.

`vision.timm.*:matrix` stands for the parameters below `vision.timm` of two dimensions and more, `*:vector` for the others. So
rules of groups hold for them (`no_decay: [bias]` spares the vectors) without a list of their names in the recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

MATRICES, VECTORS = "*:matrix", "*:vector"


def is_pattern(name: str) -> bool:
    return name.endswith((MATRICES, VECTORS))


def prefixes(names: Iterable[str]) -> tuple[str, ...]:
    """What the names of external weights begin with: `vision.timm.`."""
    return tuple(
        {name.removesuffix(MATRICES).removesuffix(VECTORS): None for name in names if is_pattern(name)}
    )


def expand(names: Iterable[str], weights: Mapping[str, Tensor]) -> list[str]:
    """The names with what every pattern stands for in its place."""
    found: list[str] = []
    for name in names:
        if not is_pattern(name):
            found.append(name)
            continue
        matrices = name.endswith(MATRICES)
        start = prefixes([name])[0]
        found += [
            own for own, weight in weights.items()
            if own.startswith(start) and weight.requires_grad and (weight.ndim > 1) == matrices
        ]  # fmt: skip
    return found


def expand_groups(groups: list[dict[str, Any]], weights: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Groups of the optimiser with the weights that are there."""
    return [{**group, "weights": expand(group["weights"], weights)} for group in groups]
