"""Pairs of towers: whether they were trained together, and how well samples of one find their partners in the
other, beside the most that can be found and the least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.data.sources import Source
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import scores

KS = (1, 5, 10)


def trained_pairs(recipe: Mapping[str, Any]) -> dict[frozenset[str], list[str]]:
    """The pairs of towers that a loss of any phase compares, with the losses: `{{vision, text}: ["clip"]}`.

    Raises `RunError` for a recipe that does not say which towers its losses compare.
    """
    found: dict[frozenset[str], list[str]] = {}
    for phase in recipe["phases"]:
        losses = {**recipe["losses"]}
        for key, value in (phase.get("set") or {}).items():
            if key == "losses":
                losses = dict(value)
            elif key.startswith("losses."):
                losses[key.removeprefix("losses.")] = value
        for loss, entry in losses.items():
            if "towers" not in entry:
                raise RunError(
                    "the recipe does not say which towers its losses compare: build the package again"
                )
            if entry.get("weight", 1.0) == 0:
                continue
            towers = [name.partition(".")[0] for name in entry["towers"]]
            for pair in {frozenset((a, b)) for a in towers for b in towers if a != b}:
                if loss not in found.setdefault(pair, []):
                    found[pair].append(loss)
    return found


def comparing(recipe: Mapping[str, Any], one: str, other: str) -> list[str]:
    """The losses that compared two towers, or what they are made of: `seen: {from: clip, pipe: [vision]}` was compared with all
    that `vision` was. What both apply does not count.
    """
    known = trained_pairs(recipe)
    own, others = _networks(recipe, one), _networks(recipe, other)
    pairs = [frozenset((a, b)) for a in own if a not in others for b in others if b not in own]
    return list(dict.fromkeys(loss for pair in pairs for loss in known.get(pair, [])))


def one_network(recipe: Mapping[str, Any], one: str, other: str) -> bool:
    """Whether one of two towers is all that the other applies, so that retrieval between them says nothing of alignment."""
    own, others = _networks(recipe, one), _networks(recipe, other)
    return one in others or other in own


def _networks(recipe: Mapping[str, Any], tower: str) -> list[str]:
    """A tower and those that it applies, by the names that losses have for them."""
    return [name.partition(".")[0] for name in (tower, *recipe.get("within", {}).get(tower, []))]


def shared(source: Source, one: str, other: str) -> tuple[str, ...]:
    """The factors that two inputs of a source both know."""
    return tuple(name for name in source.knows.get(one, ()) if name in source.knows.get(other, ()))


def alike(source: Source, ids: Sequence[int], factors: Sequence[str]) -> Tensor:
    """Which samples are the same in some factors, bool `[N, N]`: all are, in none."""
    values = torch.tensor([[source.factors(id)[name] for name in factors] for id in ids]).reshape(
        len(ids), -1
    )
    return (values[:, None] == values[None]).all(-1)


def retrieval(similarity_QD: Tensor, alike_QD: Tensor | None) -> dict[str, Any]:
    """How often a sample's own partner is among the first k. With what is `alike`, also how often the first one
    found agrees with it (`agrees`), and how often a random one would.
    """
    count = len(similarity_QD)
    found: dict[str, Any] = scores.recall(similarity_QD, torch.eye(count, dtype=torch.bool), KS)
    if alike_QD is not None:
        first = similarity_QD.argmax(1)
        found["agrees"] = alike_QD[torch.arange(count), first].double().mean().item()
        found["agrees_by_chance"] = alike_QD.double().mean().item()
    return found


def chance(count: int) -> dict[str, float]:
    """R@k of a random order of `count` samples."""
    return {f"R@{k}": min(1.0, k / count) for k in KS}


def ceiling(alike_QD: Tensor) -> dict[str, float]:
    """The mean R@k of an oracle that knows exactly the factors named as shared and nothing finer: it ranks all that is alike in them
    first, in a random order, so of m such samples each is among the first k by min(1, k / m). What both towers know beyond
    names (a radius within its size) can go beyond it.
    """
    same_Q = alike_QD.sum(1).double()
    return {f"R@{k}": (k / same_Q).clamp(max=1.0).mean().item() for k in KS}
