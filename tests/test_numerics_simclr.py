"""SimCLR's loss and head, and SLIP's loss: golden numbers of the reference, lightly, and formulas in float64 written here."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import batch, default_dtype, distance, disturbed, objective, package
from key_maps import Rule, carried, same
from peers import peer
from torch import Tensor

SPEC = """
vfmc: 1
name: heads
inputs: {{image: image}}
views:
  two: {{use: simclr, of: image, size: 8}}
towers:
  trunk: {{pipe: [{{use: patches, size: 4, width: 24}}, mean]}}
  head: {{pipe: [trunk, {{use: mlp, hidden: {hidden}, out: 12, activation: relu, {options}}}]}}
  unit: {{pipe: [head, l2norm]}}
losses: {{simclr: {{use: nt_xent, of: {{use: unit, of: two}}, temperature: {temperature}, reduction: {reduction}}}}}
sources: {{images: digits}}
train: {{batch: 4, optimizer: {{use: sgd, lr: 0.1}}, for: 1 epochs}}
"""
V1 = "bias: false, norm: batch, last_norm: full"


def spec(options: str = V1, hidden: str = "[16]", temperature: float = 0.5, reduction: str = "mean") -> str:
    return SPEC.format(options=options, hidden=hidden, temperature=temperature, reduction=reduction)


def grid(rows: int, columns: int, s: int) -> Tensor:
    """A(n, d, s) of ssl_mim.md 9, its rows of unit length."""
    i, j = torch.arange(rows, dtype=torch.float64)[:, None], torch.arange(columns, dtype=torch.float64)[None]
    x = torch.sin(0.1 * s + 0.7 * i + 1.3 * j + 0.05 * s * i * j)
    return x / x.norm(dim=1, keepdim=True)


@pytest.mark.parametrize(("reduction", "golden"), [("mean", 1.0452628724), ("per_image", 2.0905257448)])
def test_the_golden_numbers_of_the_reference(reduction: str, golden: float) -> None:
    """ssl_mim.md 9: of 2N views, and of N images as SimCLR's own code counts."""
    made = objective(spec(reduction=reduction))
    losses = made.combine({"simclr.of:V": torch.stack([grid(4, 8, 1), grid(4, 8, 2)])})
    assert losses["simclr"].item() == pytest.approx(golden, abs=1e-10)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_loss_and_gradient_equal_lightlys(temperature: float) -> None:
    theirs = peer("lightly.loss").NTXentLoss(temperature=temperature)
    z = [grid(5, 8, s).requires_grad_() for s in (1, 2)]
    expected = theirs(*z)
    expected.backward()
    stacked = torch.stack([each.detach() for each in z]).requires_grad_()
    found = package(spec()).objective.nt_xent(stacked / stacked.norm(dim=-1, keepdim=True), temperature)
    found.backward()
    assert abs(found.item() - expected.item()) < 1e-12
    assert stacked.grad is not None
    for own, each in zip(stacked.grad, z, strict=True):
        assert each.grad is not None and distance(own, each.grad) < 1e-11


def test_the_loss_is_the_papers_formula() -> None:
    """Equation 1 of arXiv 2002.05709, pair by pair."""
    z = torch.cat([grid(3, 6, 4), grid(3, 6, 5)])
    total = 0.0
    for i in range(6):
        others = [k for k in range(6) if k != i]
        scores = torch.stack([z[i] @ z[k] / 0.1 for k in others]).exp()
        total -= (z[i] @ z[(i + 3) % 6] / 0.1 - scores.sum().log()).item()
    found = package(spec()).objective.nt_xent(z.view(2, 3, 6), 0.1)
    assert found.item() == pytest.approx(total / 6, rel=1e-13)


@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_the_head_equals_lightlys(layers: int, training: bool) -> None:
    rules: list[Rule] = [(r"layers\.(.*)", r"mlp.\1", same)]
    with default_dtype(torch.float64):
        theirs: Any = disturbed(peer("lightly.models.modules").SimCLRProjectionHead(24, 16, 12, layers))
    ours = objective(spec(hidden=str([16] * (layers - 1)))).head
    ours.load_state_dict(carried(theirs.state_dict(), rules, ours.state_dict()))
    x = torch.randn(7, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for module in (theirs, ours.mlp):
        module.train()
        module(x * 3)
        module.train(training)
    expected, found = theirs(x), ours.mlp(x)
    assert distance(found, expected) < 1e-13
    for output in (expected, found):
        (output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum().backward()
    slopes = {name: weight.grad for name, weight in theirs.named_parameters()}
    own = dict(ours.named_parameters())
    for name, gradient in carried(slopes, rules, own).items():
        grad = own[name].grad
        assert grad is not None and distance(grad, gradient) < 1e-11, name
    for name, tensor in carried(theirs.state_dict(), rules, ours.state_dict()).items():
        assert distance(ours.state_dict()[name].double(), tensor.double()) < 1e-13, name


def test_the_last_norm_of_simclr_scales_and_does_not_shift() -> None:
    """google-research/simclr `tf2/model.py`: the last layer's norm has no `center`; statistics as ever."""
    ours = objective(spec("bias: false, norm: batch, last_norm: scale_only")).head.mlp
    names = list(ours.state_dict())
    assert names == [
        "0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
        "3.weight", "4.weight", "4.running_mean", "4.running_var", "4.num_batches_tracked",
    ]  # fmt: skip
    x = torch.randn(9, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    hidden = x @ ours[0].weight.T
    hidden = (hidden - hidden.mean(0)) / (hidden.var(0, correction=0) + 1e-5).sqrt()
    hidden = (hidden * ours[1].weight + ours[1].bias).clamp_min(0)
    out = hidden @ ours[3].weight.T
    out = (out - out.mean(0)) / (out.var(0, correction=0) + 1e-5).sqrt() * ours[4].weight
    assert distance(ours(x), out) < 1e-13


def test_the_recipe_names_every_weight_of_a_head_with_its_shape() -> None:
    for options in (V1, "norm: batch", "norm: sync_batch, last_norm: no_affine", "bias: false"):
        loaded = package(spec(options, "[16, 16]"))
        state = {key: list(x.shape) for key, x in loaded.objective.Objective().state_dict().items()}
        assert list(loaded.recipe["weights"].items()) == list(state.items())


def test_statistics_are_of_each_view_by_itself_at_every_level() -> None:
    """Two views in one batch would have other statistics, so `batch_views` must not join them."""
    text = spec()
    made = [objective(text, level) for level in (0, 1, 2)]
    data = batch(text, 5)
    found = [each.embed(data)["simclr.of:V"] for each in made]
    assert all(distance(other, found[0]) < 1e-13 for other in found[1:])
    for view in range(2):
        alone = made[0].embed({**data, "two": data["two"][view : view + 1].expand(2, -1, -1, -1, -1)})
        assert distance(alone["simclr.of:V"][0], found[0][view]) < 1e-13
    assert made[1].head.mlp[1].num_batches_tracked == 2


def test_the_views_are_those_of_the_reference() -> None:
    """ssl_mim.md 0.8: two views of one distribution, pixels in [0, 1]; SLIP's jitter as arguments (clip_family.md 2.15)."""
    view = package(spec()).data.PHASES["main"]["views"]["two"]
    crop = {
        "op": "random_resized_crop",
        "size": [8, 8],
        "scale": [0.08, 1.0],
        "ratio": [3 / 4, 4 / 3],
        "interpolation": "bicubic",
    }
    program = [
        crop,
        {"op": "flip", "p": 0.5},
        {"op": "color_jitter", "brightness": 0.8, "contrast": 0.8, "saturation": 0.8, "hue": 0.2, "p": 0.8, "order": "random"},
        {"op": "grayscale", "p": 0.2},
        {"op": "gaussian_blur", "sigma": [0.1, 2.0], "p": 0.5},
    ]  # fmt: skip
    assert view["programs"] == [program, program] and view["listed"]
    slip = spec().replace("size: 8}", "size: 8, jitter: [0.4, 0.4, 0.4, 0.1], normalize: imagenet}")
    own = package(slip).data.PHASES["main"]["views"]["two"]["programs"][1]
    assert own[2] == program[2] | {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}
    assert [step["op"] for step in own] == [*(step["op"] for step in program), "normalize"]
    half = spec().replace("size: 8}", "size: 8, strength: 0.5, blur_p: 0.0, grey_p: 0.0}")
    own = package(half).data.PHASES["main"]["views"]["two"]["programs"][0]
    assert own[2:] == [program[2] | {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}]


def test_the_golden_number_of_slips_simclr_term() -> None:
    """clip_family.md 1.2: its two views X and Y, temperature 0.1."""
    place = torch.arange(8 * 16, dtype=torch.float64).view(8, 16)
    views = torch.stack([torch.sin(0.1 * place + 0.3), torch.cos(0.07 * place - 0.2)])
    made = objective("slip_tiny")
    losses = made.combine(
        {
            "simclr.of:V": views / views.norm(dim=-1, keepdim=True),
            "clip.a": grid(8, 4, 1),
            "clip.b": grid(8, 4, 2),
        }
    )
    assert losses["simclr"].item() == pytest.approx(5.9424249199, abs=1e-10)


def slip(made: Any, data: dict[str, Tensor], scale: float = 1.0) -> Tensor:
    """SLIP's loss as its paper and its code state it (clip_family.md 2.15): three applications of one trunk, four blocks of logits."""

    def unit(x: Tensor) -> Tensor:
        return x / (x * x).sum(dim=1, keepdim=True).sqrt()

    def cross_entropy(logits: Tensor) -> Tensor:
        return (logits.exp().sum(dim=1).log() - logits.diagonal()).mean()

    image = unit(made.trunk(data["crop"]) @ made.vision.linear.weight.T)
    text = made.text(data["caption"])
    logits = made.clip.scale.log.exp() * image @ text.T
    clip = (cross_entropy(logits) + cross_entropy(logits.T)) / 2
    first, second = (unit(made.head.mlp(made.trunk(view))) for view in data["two"])
    own = 1e9 * torch.eye(len(first), dtype=torch.float64)
    terms = [
        cross_entropy(torch.cat([q @ k.T / 0.1, q @ q.T / 0.1 - own], dim=1))
        for q, k in ((first, second), (second, first))
    ]
    return clip + scale * (terms[0] + terms[1]) / 2


@pytest.mark.parametrize("level", [0, 1])
def test_slips_loss_and_gradients_are_those_of_its_formula(level: int) -> None:
    data = batch("slip_tiny", 6)
    made, other = objective("slip_tiny", level), objective("slip_tiny", level)
    found, expected = made(data)["total"], slip(other, data)
    assert abs(found.item() - expected.item()) < 1e-12 * abs(expected.item())
    found.backward()
    expected.backward()
    for name, weight in other.named_parameters():
        grad = made.get_parameter(name).grad
        assert weight.grad is not None and grad is not None, name
        floor = 1e-3  # a bias before a batch norm, and that of a key, have no gradient in exact arithmetic
        assert (grad - weight.grad).abs().max() < 1e-12 * max(float(weight.grad.abs().max()), floor), name
    for name, tensor in other.state_dict().items():
        assert distance(made.state_dict()[name].double(), tensor.double()) < 1e-13, name
