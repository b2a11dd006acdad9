"""Groups by weight name, freezing windows, clipping in its three meanings, and the optimisers by name."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from vfmc.runtime import clipping, optimizers
from vfmc.runtime.errors import PackageError
from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.schedule import Clock

CLOCK = Clock(samples_per_epoch=100, batch=10, total=100)


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)


def recipe(**changes):
    base = {
        "optimizer": {"use": "adamw", "lr": 0.1, "betas": [0.9, 0.95], "epsilon": 1e-8, "weight_decay": 0.2},
        "groups": [
            {"name": "decay", "weights": ["trunk.weight"], "lr": 1.0, "decay": 1.0},
            {"name": "none", "weights": ["trunk.bias", "head.bias"], "lr": 2.0, "decay": 0.0},
            {"name": "last", "weights": ["head.weight"], "frozen_until": {"value": 1, "unit": "epochs"}},
        ],
        "clip": None,
    }
    return {**base, **changes}


def build(model=None, **changes):
    return Optimizer(model or Two(), recipe(**changes), torch.device("cpu"), CLOCK)


def with_gradients(model):
    generator = torch.Generator().manual_seed(1)
    for weight in model.parameters():
        weight.grad = torch.randn(weight.shape, generator=generator) * 3
    return model


def test_factors_of_a_group_multiply_rate_and_decay():
    optimizer = build()
    optimizer.set(0.5, 0.3)
    assert [(g["lr"], g["weight_decay"]) for g in optimizer.torch.param_groups] == [
        (0.5, 0.3),
        (1.0, 0.0),
        (0.5, 0.3),
    ]


def test_a_step_is_that_of_torch_with_the_same_numbers():
    ours, theirs = Two(), Two()
    optimizer = build(with_gradients(ours))
    with_gradients(theirs)
    optimizer.set(0.1, 0.2)
    optimizer.clip_gradients(step=50)
    optimizer.torch.step()
    groups = [
        {"params": [theirs.trunk.weight, theirs.head.weight], "lr": 0.1, "weight_decay": 0.2},
        {"params": [theirs.trunk.bias, theirs.head.bias], "lr": 0.2, "weight_decay": 0.0},
    ]
    torch.optim.AdamW(groups, betas=(0.9, 0.95), eps=1e-8, foreach=False).step()
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own, other)


def test_a_frozen_group_has_no_gradient_until_its_window_ends():
    model = with_gradients(Two())
    optimizer = build(model)
    optimizer.clip_gradients(step=9)
    assert model.head.weight.grad is None and model.head.bias.grad is not None
    with_gradients(model)
    optimizer.clip_gradients(step=10)
    assert model.head.weight.grad is not None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([["trunk.weight", "trunk.bias", "head.weight"]], "head.bias is trainable and stands in no group"),
        (
            [["trunk.weight", "trunk.bias", "head.weight", "head.bias"], ["head.bias"]],
            "head.bias stands in two groups",
        ),
        ([["trunk.weight", "trunk.bias", "head.weight", "head.bias", "neck"]], "names the weight neck"),
    ],
)
def test_every_trainable_weight_stands_in_exactly_one_group(groups, message):
    named = [{"name": f"g{i}", "weights": weights} for i, weights in enumerate(groups)]
    with pytest.raises(PackageError, match=message):
        build(groups=named)


def test_a_frozen_weight_may_stand_in_no_group_only():
    model = Two()
    model.head.requires_grad_(False)
    with pytest.raises(PackageError, match="which is frozen"):
        build(model)
    groups = [{"name": "all", "weights": ["trunk.weight", "trunk.bias"]}]
    assert [name for name, _ in build(model, groups=groups).named] == ["trunk.weight", "trunk.bias"]


def test_state_is_kept_by_name_over_another_order_of_groups():
    model = with_gradients(Two())
    first = build(model)
    first.clip_gradients(step=50)
    first.torch.step()
    kept = copy.deepcopy(first.state())
    second = build(model, groups=list(reversed(recipe()["groups"])))
    second.load_state(kept)
    for name, slots in second.state().items():
        for slot, value in slots.items():
            torch.testing.assert_close(value, kept[name][slot], rtol=0, atol=0)
    assert set(second.state()) == {"trunk.weight", "trunk.bias", "head.weight", "head.bias"}


def test_global_norm_is_that_of_torch():
    ours, theirs = with_gradients(Two()), with_gradients(Two())
    norm = clipping.clip(list(ours.named_parameters()), {"use": "global_norm", "max": 1.0})
    expected = nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
    torch.testing.assert_close(norm, expected)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own.grad, other.grad)


def test_per_parameter_norm_is_that_of_dino():
    ours, theirs = with_gradients(Two()), with_gradients(Two())
    theirs.head.bias.grad *= 1e-3  # below the limit: stays
    ours.head.bias.grad *= 1e-3
    clipping.clip(list(ours.named_parameters()), {"use": "per_parameter_norm", "max": 3.0})
    for weight in theirs.parameters():  # facebookresearch/dino utils.clip_gradients
        coefficient = 3.0 / (weight.grad.data.norm(2) + 1e-6)
        if coefficient < 1:
            weight.grad.data.mul_(coefficient)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own.grad, other.grad)


def test_per_module_norm_clips_each_tower_by_its_own():
    ours, theirs = with_gradients(Two()), with_gradients(Two())
    clipping.clip(list(ours.named_parameters()), {"use": "per_module_norm", "max": 3.0})
    for module in (theirs.trunk, theirs.head):
        nn.utils.clip_grad_norm_(module.parameters(), 3.0)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own.grad, other.grad)


def test_groups_with_a_clip_of_their_own_share_a_norm_and_the_others_another():
    ours, theirs = with_gradients(Two()), with_gradients(Two())
    own = {"of": "head", "max": 0.5}
    groups = [
        {"name": "trunk", "weights": ["trunk.weight", "trunk.bias"], "lr": 1.0, "decay": 1.0},
        {"name": "head", "weights": ["head.weight"], "lr": 1.0, "decay": 1.0, "clip": own},
        {"name": "head no_decay", "weights": ["head.bias"], "lr": 1.0, "decay": 0.0, "clip": own},
    ]
    norm = build(ours, groups=groups, clip={"use": "global_norm", "max": 0.25}).clip_gradients(step=100)
    torch.testing.assert_close(norm, nn.utils.get_total_norm([w.grad for w in theirs.parameters()]))
    nn.utils.clip_grad_norm_(theirs.head.parameters(), 0.5)
    nn.utils.clip_grad_norm_(theirs.trunk.parameters(), 0.25)
    for own_weight, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own_weight.grad, other.grad)


def test_none_leaves_the_gradients_and_still_tells_their_norm():
    model = with_gradients(Two())
    before = [weight.grad.clone() for weight in model.parameters()]
    norm = clipping.clip(list(model.named_parameters()), {"use": "none"})
    assert norm.item() == pytest.approx(torch.cat([g.flatten() for g in before]).norm().item(), rel=1e-6)
    assert all(torch.equal(weight.grad, old) for weight, old in zip(model.parameters(), before, strict=True))
    with pytest.raises(PackageError, match="no clipping 'agc'"):
        clipping.clip(list(model.named_parameters()), {"use": "agc", "max": 1.0})


def test_optimisers_are_found_by_name_and_refuse_what_they_do_not_know():
    assert {"adamw", "sgd"} <= set(optimizers.names())
    with pytest.raises(PackageError, match=r"no optimiser .adam2.: .*adamw"):
        optimizers.find("adam2")
    with pytest.raises(PackageError, match="adamw has no setting 'momentum'"):
        build(optimizer={"use": "adamw", "lr": 0.1, "momentum": 0.9})
    sgd = build(optimizer={"use": "sgd", "lr": 0.1, "momentum": 0.8}).torch
    assert isinstance(sgd, torch.optim.SGD) and sgd.param_groups[0]["momentum"] == 0.8
