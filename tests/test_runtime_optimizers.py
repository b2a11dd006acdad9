"""Our own optimisers against timm's, transformers' and torch's, and against the papers' formulas in float64."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from peers import peer
from torch import nn

from vfmc.runtime.errors import PackageError
from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.schedule import Clock

CLOCK = Clock(samples_per_epoch=100, batch=10, total=100)
STEPS = 6
OWN = [
    {"use": "adam", "betas": [0.9, 0.95]},
    {"use": "adamw", "betas": [0.9, 0.95]},
    {"use": "sgd", "momentum": 0.9, "nesterov": True},
    {"use": "sgd", "momentum": 0.9, "dampening": 0.3},
    {"use": "lars", "trust": 0.01},
    {"use": "lars", "trust": 0.01, "momentum_of": "step", "nesterov": True},
    {"use": "lamb", "betas": [0.9, 0.99]},
    {"use": "adafactor", "smallest": 2},
    {"use": "adafactor", "momentum": 0.0, "relative": True, "clip": None},
]


class Net(nn.Module):
    """A matrix, a filter of four dimensions, and a vector that is neither decayed nor adapted."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.matrix = nn.Parameter(torch.randn(5, 7, generator=generator, dtype=torch.float64))
        self.filter = nn.Parameter(torch.randn(4, 3, 2, 2, generator=generator, dtype=torch.float64))
        self.bias = nn.Parameter(torch.randn(7, generator=generator, dtype=torch.float64))


def gradients(net: nn.Module, step: int) -> None:
    generator = torch.Generator().manual_seed(100 + step)
    for weight in net.parameters():
        weight.grad = torch.randn(weight.shape, generator=generator, dtype=torch.float64).to(weight.dtype) * 3


def ours(net: nn.Module, optimizer: dict, decay: float = 0.1, lr: float = 0.05) -> Optimizer:
    recipe = {
        "optimizer": {"lr": lr, "weight_decay": decay, **optimizer},
        "groups": [
            {"name": "decay", "weights": ["matrix", "filter"]},
            {"name": "no_decay", "weights": ["bias"], "lr": 2.0, "decay": 0.0},
        ],
    }
    if optimizer["use"] in ("lars", "lamb"):
        recipe["groups"][1]["settings"] = {"adapt": False}
    return Optimizer(net, recipe, torch.device("cpu"), CLOCK)


def train(net: nn.Module, optimizer: Optimizer, first: int, last: int, decay: float = 0.1) -> None:
    """Steps with a rate that moves."""
    for step in range(first, last):
        gradients(net, step)
        optimizer.set(0.05 / (1 + step), decay)
        optimizer.torch.step()


def same(own: nn.Module, other: nn.Module, rtol: float = 1e-12) -> None:
    for a, b in zip(own.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=rtol, atol=1e-14)


def theirs(net: Net, kind, decay: float = 0.1, **settings) -> torch.optim.Optimizer:
    groups = [
        {"params": [net.matrix, net.filter], "weight_decay": decay},
        {"params": [net.bias], "weight_decay": 0.0},
    ]
    return kind(groups, lr=0.05, **settings)


def train_theirs(net: Net, optimizer: torch.optim.Optimizer, moving: bool = True) -> None:
    for step in range(STEPS):
        gradients(net, step)
        for group, factor in zip(optimizer.param_groups, (1.0, 2.0), strict=True):
            group["lr"] = 0.05 / (1 + step if moving else 1) * factor
        optimizer.step()


@pytest.mark.parametrize("settings", [{}, {"nesterov": True}, {"dampening": 0.3}])
def test_sgd_is_that_of_torch(settings):
    own, other = Net(), Net()
    train(own, ours(own, {"use": "sgd", "momentum": 0.9, **settings}), 0, STEPS)
    train_theirs(other, theirs(other, torch.optim.SGD, momentum=0.9, foreach=False, **settings))
    same(own, other)


def test_adam_adds_its_decay_to_the_gradient():
    own, other = Net(), Net()
    train(own, ours(own, {"use": "adam", "betas": [0.9, 0.95]}), 0, STEPS)
    train_theirs(other, theirs(other, torch.optim.Adam, betas=(0.9, 0.95), foreach=False))
    same(own, other)


@pytest.mark.parametrize("nesterov", [False, True])
def test_lars_without_a_decay_is_that_of_timm(nesterov):
    """With a decay timm divides by the sum of two norms, the papers' code by the norm of the sum: see the next test."""
    lars = peer("timm.optim.lars").Lars
    own, other = Net(), Net()
    train(own, ours(own, {"use": "lars", "trust": 0.01, "nesterov": nesterov}, 0.0), 0, STEPS, 0.0)
    adapted = lars(
        [other.matrix, other.filter],
        momentum=0.9,
        trust_coeff=0.01,
        eps=0,
        nesterov=nesterov,
        always_adapt=True,
        foreach=False,
    )
    plain = lars([other.bias], momentum=0.9, nesterov=nesterov, foreach=False)
    for step in range(STEPS):
        gradients(other, step)
        for optimizer, factor in ((adapted, 1.0), (plain, 2.0)):
            optimizer.param_groups[0]["lr"] = 0.05 / (1 + step) * factor
            optimizer.step()
    same(own, other)


@pytest.mark.parametrize("momentum_of", ["gradient", "step"])
@pytest.mark.parametrize("nesterov", [False, True])
def test_lars_is_its_formula(momentum_of, nesterov):
    """Barlow Twins' and MoCo v3's LARS; SimCLR's, which keeps the rate in the momentum (`classic_momentum`)."""
    own, net = Net(), Net()
    settings = {"use": "lars", "trust": 0.01, "momentum_of": momentum_of, "nesterov": nesterov}
    train(own, ours(own, settings), 0, STEPS)
    velocity = {name: torch.zeros_like(weight) for name, weight in net.named_parameters()}
    with torch.no_grad():
        for step in range(STEPS):
            gradients(net, step)
            for name, w in net.named_parameters():
                rate = 0.05 / (1 + step) * (2.0 if name == "bias" else 1.0)
                g = w.grad if name == "bias" else w.grad + 0.1 * w
                ratio = 1.0 if name == "bias" else 0.01 * float(w.pow(2).sum().sqrt() / g.pow(2).sum().sqrt())
                inside, outside = (rate, 1.0) if momentum_of == "step" else (1.0, rate)
                velocity[name] = 0.9 * velocity[name] + inside * ratio * g
                move = 0.9 * velocity[name] + inside * ratio * g if nesterov else velocity[name]
                w -= outside * move
    same(own, net)


def test_lars_meets_the_golden_values():
    """One step from rest of a matrix and of a vector: weight decay 1e-6, trust 1e-3, rate 1.2 (Barlow Twins)."""

    def table(rows, columns, seed):  # the inputs that the values were worked out for
        i, j = torch.arange(rows, dtype=torch.float64)[:, None], torch.arange(columns, dtype=torch.float64)
        return torch.sin(0.1 * seed + 0.7 * i + 1.3 * j + 0.05 * seed * i * j)

    net = nn.Module()
    net.matrix, net.bias = nn.Parameter(table(3, 4, 1)), nn.Parameter(table(1, 4, 1)[0])
    net.matrix.grad, net.bias.grad = table(3, 4, 2), table(1, 4, 2)[0]
    recipe = {
        "optimizer": {"use": "lars", "lr": 1.2, "weight_decay": 1e-6},
        "groups": [
            {"name": "decay", "weights": ["matrix"]},
            {"name": "none", "weights": ["bias"], "decay": 0.0, "settings": {"adapt": False}},
        ],
    }
    Optimizer(net, recipe, torch.device("cpu"), CLOCK).torch.step()
    assert net.matrix[0, 0].item() == pytest.approx(0.0995929800, abs=5e-11)
    assert net.bias[0].item() == pytest.approx(-0.1385697803, abs=5e-11)


def test_a_weight_of_zeros_moves_by_the_plain_rate():
    for use in ("lars", "lamb"):
        net = Net()
        with torch.no_grad():
            net.matrix.zero_()
        train(net, ours(net, {"use": use}, 0.0), 0, 1, 0.0)
        assert torch.isfinite(net.matrix).all() and net.matrix.abs().sum() > 0


def test_lamb_is_that_of_timm():
    lamb = peer("timm.optim.lamb").Lamb
    own, other = Net(), Net()
    train(own, ours(own, {"use": "lamb", "betas": [0.9, 0.99]}), 0, STEPS)
    train_theirs(other, theirs(other, lamb, betas=(0.9, 0.99), eps=1e-6, max_grad_norm=None, foreach=False))
    same(own, other)


@pytest.mark.parametrize(("relative", "momentum"), [(False, 0.0), (False, 0.9), (True, 0.0)])
def test_adafactor_is_that_of_transformers(relative, momentum):
    """Over matrices and vectors at one rate: theirs factors the last two dimensions of a filter, and keeps the rate in the momentum."""
    adafactor = peer("transformers.optimization").Adafactor
    own, other = Net(), Net()
    settings = {"momentum": momentum, "relative": relative, "smallest": 1, "slowest": 0.9999999}
    optimizer = ours(own, {"use": "adafactor", **settings})
    alike = theirs(
        other,
        adafactor,
        beta1=momentum or None,
        relative_step=False,
        warmup_init=False,
        scale_parameter=relative,
    )
    for step in range(STEPS):
        gradients(own, step)
        optimizer.set(0.05, 0.1)
        optimizer.torch.step()
    train_theirs(other, alike, moving=False)
    for name in ("matrix", "bias"):
        torch.testing.assert_close(own.get_parameter(name), other.get_parameter(name), rtol=1e-12, atol=1e-14)


def test_adafactor_is_its_formula_where_the_rate_moves():
    """Scaling ViT's: the second moment forgets no slower than `slowest`, the first is of the step before its rate."""
    own, net = Net(), Net()
    settings = {"momentum": 0.9, "smallest": 2, "slowest": 0.6, "clip": 0.5}
    train(own, ours(own, {"use": "adafactor", **settings}), 0, STEPS)
    rows, columns, full, first = {}, {}, {}, {}
    with torch.no_grad():
        for step in range(STEPS):
            gradients(net, step)
            b = min(0.6, 1 - (step + 1) ** -0.8)
            for name, w in net.named_parameters():
                square = w.grad**2 + 1e-30
                if name == "bias":
                    full[name] = b * full.get(name, 0.0) + (1 - b) * square
                    v = full[name]
                else:
                    matrix = square.reshape(len(square), -1)
                    rows[name] = b * rows.get(name, 0.0) + (1 - b) * matrix.mean(1)
                    columns[name] = b * columns.get(name, 0.0) + (1 - b) * matrix.mean(0)
                    v = (rows[name][:, None] * columns[name][None] / rows[name].mean()).reshape(w.shape)
                u = w.grad / v.sqrt()
                u = u / max(1.0, math.sqrt(float((u**2).mean())) / 0.5)
                first[name] = 0.9 * first.get(name, 0.0) + 0.1 * u
                rate = 0.05 / (1 + step) * (2.0 if name == "bias" else 1.0)
                w.copy_(w - rate * (0.0 if name == "bias" else 0.1) * w - rate * first[name])
    same(own, net)


@pytest.mark.parametrize("settings", OWN, ids=lambda settings: "-".join(map(str, settings.values())))
def test_a_resumed_run_is_bit_for_bit_the_run_that_went_on(settings):
    straight = Net().float()
    train(straight, ours(straight, settings), 0, STEPS)
    first = Net().float()
    optimizer = ours(first, settings)
    train(first, optimizer, 0, 3)
    second = Net().float()
    second.load_state_dict(first.state_dict())
    continued = ours(second, settings)
    continued.load_state(copy.deepcopy(optimizer.state()))
    train(second, continued, 3, STEPS)
    assert all(torch.equal(a, b) for a, b in zip(straight.parameters(), second.parameters(), strict=True))


@pytest.mark.parametrize("use", ["lars", "lamb", "adafactor"])
def test_a_loss_scale_of_float16_skips_steps_that_overflow(use):
    net = Net().float()
    optimizer = ours(net, {"use": use})
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    scaler.scale(torch.ones(()))
    gradients(net, 0)
    for weight in net.parameters():
        weight.grad *= 4.0
    alike = Net().float()
    train(alike, ours(alike, {"use": use}), 0, 1)
    optimizer.set(0.05, 0.1)
    scaler.unscale_(optimizer.torch)
    scaler.step(optimizer.torch)
    scaler.update()
    same(net, alike, rtol=1e-6)
    before = [weight.detach().clone() for weight in net.parameters()]
    net.bias.grad[0] = math.inf
    scaler.step(optimizer.torch)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_weights_without_a_gradient_stay():
    for settings in OWN:
        net = Net()
        optimizer = ours(net, settings)
        gradients(net, 0)
        net.matrix.grad, before = None, net.matrix.detach().clone()
        optimizer.torch.step()
        assert torch.equal(net.matrix, before) and not torch.equal(net.bias, Net().bias)


def test_a_momentum_of_something_else_is_refused():
    with pytest.raises(PackageError, match="momentum of gradient or step, not of rate"):
        ours(Net(), {"use": "lars", "momentum_of": "rate"})
