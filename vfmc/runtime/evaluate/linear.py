"""A linear classifier on frozen features, trained as a protocol's facts say (`vfmc/components/linear_protocols.py`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vfmc.runtime import optimizers, random
from vfmc.runtime.data.order import permute
from vfmc.runtime.schedule import Clock, learning_rate

EPSILON = 1e-6  # of the batch norm before the classifier (MAE's main_linprobe.py)
HELD_BACK = 0.2  # of the training part, where rates or decays are to be chosen

Facts = dict[str, Any]
Features = Callable[[int], Tensor]
"""Epoch -> features `[N, E]` of all training samples: the same ones every epoch, or those of new crops."""


@dataclass(frozen=True)
class Candidate:
    """One learning rate (as it is applied) with one weight decay, and one of the features (all columns if there is one)."""

    rate: float
    decay: float
    feature: Any = None
    columns: tuple[int, int] | None = None


class Columns(nn.Module):
    """Some of the columns."""

    def __init__(self, first: int, end: int) -> None:
        super().__init__()
        self.first, self.end = first, end

    def forward(self, x_NE: Tensor) -> Tensor:
        return x_NE[:, self.first : self.end]


def fit(
    features: Features,
    labels_N: Tensor,
    classes: int,
    facts: Facts,
    seed: int,
    columns: Sequence[tuple[int, int]] = (),
) -> tuple[nn.Module, dict[str, Any]]:
    """The classifier, in eval mode, and what was chosen: `{"rate", "decay", "candidates": [{..., "top1"}]}`.

    `columns` are where each of `facts["features"]` stands in the features; without them the one feature is all of it.
    Of several candidates the one that reads a held-back fifth best (the first, if equal) is trained again on all samples.
    """
    count = len(labels_N)
    batch = min(int(facts.get("batch") or count), count)
    factor = batch / facts["per"] if facts.get("per") else 1.0
    read = list(zip(facts["features"], columns, strict=True)) if columns else [(None, None)]
    found = [
        Candidate(rate * factor, decay, *feature)
        for feature in read
        for rate in facts["rates"]
        for decay in facts["decays"]
    ]
    chosen, tried = found[0], []
    if len(found) > 1:
        noise = random.uniform(random.keys(seed, np.arange(count)), random.stream("linear.held_back"), 1)
        back = torch.from_numpy(noise[:, 0] < HELD_BACK)
        heads = _train(
            lambda epoch: features(epoch)[~back], labels_N[~back], classes, facts, found, batch, seed
        )
        seen = features(0)[back]
        for candidate, head in zip(found, heads, strict=True):
            with torch.no_grad():
                top1 = (head(seen.to(torch.float32)).argmax(-1) == labels_N[back]).double().mean().item()
            tried.append({**said(candidate), "top1": top1})
        chosen = found[max(range(len(tried)), key=lambda number: (tried[number]["top1"], -number))]
    head = _train(features, labels_N, classes, facts, [chosen], batch, seed)[0]
    return head, {**said(chosen), "batch": batch, "candidates": tried}


def said(candidate: Candidate) -> dict[str, Any]:
    """A candidate as results tell it."""
    told: dict[str, Any] = {"rate": candidate.rate, "decay": candidate.decay}
    return told if candidate.feature is None else {**told, "feature": candidate.feature}


def _train(
    features: Features,
    labels_N: Tensor,
    classes: int,
    facts: Facts,
    found: list[Candidate],
    batch: int,
    seed: int,
) -> list[nn.Module]:
    """A classifier for each candidate, trained side by side on the same batches."""
    first = features(0)
    heads = [head_of(first.shape[1], classes, facts, seed, own.columns) for own in found]
    if facts["optimizer"]["use"] == "lbfgs":
        return [_logistic(head, first, labels_N, own, facts) for head, own in zip(heads, found, strict=True)]
    moving = [
        _optimizer(head, own, facts["optimizer"], facts.get("biases"))
        for head, own in zip(heads, found, strict=True)
    ]
    count = len(labels_N)
    batch = min(batch, count)
    a_epoch = max(1, count // batch)  # a last batch that is smaller is left out
    steps = int(facts.get("iterations") or a_epoch * int(facts["epochs"]))
    clock = Clock(a_epoch * batch, batch, steps)
    for epoch in range(-(-steps // a_epoch)):
        x_NE = (features(epoch) if epoch else first).to(torch.float32)
        order = torch.from_numpy(permute(np.arange(count), count, seed, epoch))
        for number in range(min(a_epoch, steps - epoch * a_epoch)):
            rows = order[number * batch : (number + 1) * batch]
            step = epoch * a_epoch + number
            for head, optimizer, own in zip(heads, moving, found, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate(facts["schedule"], own.rate, step, steps, clock)
                optimizer.zero_grad()
                F.cross_entropy(head(x_NE[rows]), labels_N[rows]).backward()
                optimizer.step()
    return [head.eval() for head in heads]


def _optimizer(head: nn.Module, own: Candidate, facts: Facts, of_biases: str | None) -> torch.optim.Optimizer:
    """The protocol's optimiser; LARS neither adapts nor decays the bias (MAE, util/lars.py), unless `biases` are adapted (LARC)."""
    use, settings = facts["use"], {name: value for name, value in facts.items() if name != "use"}
    weights = [weight for weight in head.parameters() if weight.ndim > 1]
    biases = [weight for weight in head.parameters() if weight.ndim == 1]
    spared = (
        {"adapt": False, "weight_decay": 0.0}
        if use == "lars" and of_biases != "adapted"
        else {"weight_decay": own.decay}
    )
    groups = [
        {"params": weights, "lr": own.rate, "weight_decay": own.decay},
        {"params": biases, "lr": own.rate, **spared},
    ]
    return optimizers.find(use)(groups, settings, weights[0].device)


def head_of(
    width: int, classes: int, facts: Facts, seed: int, columns: tuple[int, int] | None = None
) -> nn.Sequential:
    """The classifier of some columns: `norm: batch` before it standardises, weights are normal with `std` where that is said, the bias is 0."""
    before: list[nn.Module] = [] if columns is None else [Columns(*columns)]
    width = width if columns is None else columns[1] - columns[0]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        linear = nn.Linear(width, classes)
        if facts.get("std"):
            nn.init.normal_(linear.weight, std=float(facts["std"]))
        nn.init.zeros_(linear.bias)
    if facts.get("norm") == "batch":
        before.append(nn.BatchNorm1d(width, affine=False, eps=EPSILON))
    return nn.Sequential(*before, linear)


def _logistic(head: nn.Sequential, x_NE: Tensor, labels_N: Tensor, own: Candidate, facts: Facts) -> nn.Module:
    """Multinomial logistic regression on standardised features with the penalty `decay |W|^2 / (2 N)`, to the optimum.

    With `decay = 1 / C` this is scikit-learn's objective over N. The standardisation is folded into the classifier.
    """
    x = x_NE.double()
    mean, std = x.mean(0), x.std(0, correction=0)
    std = torch.where(std > 1e-9, std, torch.ones_like(std))
    x = (x - mean) / std
    given = head[0]
    assert isinstance(given, nn.Linear)
    linear = nn.Linear(x.shape[1], given.out_features, dtype=torch.float64)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    optimizer = torch.optim.LBFGS(
        linear.parameters(), max_iter=int(facts["optimizer"]["iterations"]), tolerance_grad=1e-7,
        tolerance_change=1e-12, history_size=20, line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(linear(x), labels_N) + own.decay / (2 * len(x)) * linear.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        weight = linear.weight / std
        given.weight.copy_(weight)
        given.bias.copy_(linear.bias - weight @ mean)
    return head.eval()
