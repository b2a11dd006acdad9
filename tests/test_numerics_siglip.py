"""The sigmoid loss: golden numbers of the reference, open_clip's, and the paper's formula, in float64; alike over two ranks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from compiled import batch, compilation, default_dtype, distance, objective, package, spec
from peers import peer
from runtime_package.feed import ExampleFeed
from runtime_package.ranks import two_ranks
from safetensors.torch import load_file
from torch import Tensor

from vfmc.runtime import log
from vfmc.runtime.loop import train

ALONE = """
vfmc: 1
name: alone
extends: siglip_tiny
losses: {siglip: {scale: {use: fixed, value: 3.0}, bias: null}}
"""


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


def pairs() -> tuple[Tensor, Tensor]:
    """The embeddings of clip_family.md 1.2: 8 samples of width 16."""
    place = torch.arange(8 * 16, dtype=torch.float64).view(8, 16)
    return unit(torch.sin(0.1 * place + 0.3)), unit(torch.cos(0.07 * place - 0.2))


def with_numbers(scale: float, bias: float) -> Any:
    made = objective("siglip_tiny")
    with torch.no_grad():
        made.siglip.scale.log.fill_(math.log(scale))
        made.siglip.bias.value.fill_(bias)
    return made


@pytest.mark.parametrize(("bias", "golden"), [(-10.0, 6.4248108786), (-2.71, 16.4063432832)])
def test_the_golden_numbers_of_the_reference(bias: float, golden: float) -> None:
    """clip_family.md 1.2: through `combine`, so that both learned numbers and the names of the operands are tested."""
    image, text = pairs()
    losses = with_numbers(10.0, bias).combine({"siglip.a": image, "siglip.b": text})
    assert losses["siglip"].item() == pytest.approx(golden, rel=2e-11)
    assert losses["total"].item() == losses["siglip"].item()


def test_the_loss_is_the_papers_formula() -> None:
    """Equation 1 of arXiv 2303.15343, pair by pair."""
    image, text = pairs()
    total = 0.0
    for i in range(8):
        for j in range(8):
            score = 7.0 * (image[i] @ text[j]).item() - 1.5
            total += math.log(1 / (1 + math.exp(-score if i == j else score)))
    found = package("siglip_tiny").objective.pairwise_sigmoid(image, text, 7.0, -1.5)
    assert found.item() == pytest.approx(-total / 8, rel=1e-13)


def test_loss_and_all_gradients_equal_open_clips() -> None:
    theirs = peer("open_clip").loss.SigLipLoss()
    ours = package("siglip_tiny").objective.pairwise_sigmoid
    found = []
    for loss in (theirs, ours):
        numbers = (*pairs(), torch.tensor(9.0, dtype=torch.float64), torch.tensor(-8.0, dtype=torch.float64))
        leaves = [number.clone().requires_grad_() for number in numbers]
        value = loss(*leaves)
        found.append((value, torch.autograd.grad(value, leaves)))
    (expected, gradients), (value, own) = found
    assert value.item() == pytest.approx(expected.item(), rel=1e-12)
    for mine, other in zip(own, gradients, strict=True):
        assert distance(mine, other) < 1e-12


def test_the_published_start_and_what_a_constant_can_reach() -> None:
    """Scale 10 and bias -10; where all cosines are 0, the best bias is ln(1 / (N - 1)) and the loss N times the entropy of 1 in N."""
    begun = package("siglip_tiny", overrides={"losses.siglip.bias.init": -10.0}).objective.Objective()
    assert begun.siglip.scale.log.item() == pytest.approx(math.log(10), abs=1e-6)
    assert begun.siglip.bias.value.item() == -10.0
    rows = 128
    zeros = torch.zeros(rows, 4, dtype=torch.float64)
    bias = torch.tensor(-4.844, dtype=torch.float64, requires_grad=True)
    value = package("siglip_tiny").objective.pairwise_sigmoid(zeros, zeros, 10.0, bias)
    assert value.item() == pytest.approx(math.log(rows) + (rows - 1) * math.log(rows / (rows - 1)), abs=1e-5)
    assert abs(torch.autograd.grad(value, bias)[0].item()) < 1e-3


def test_without_a_bias_the_code_has_none() -> None:
    made = compilation(ALONE).package
    assert made is not None
    code = made.files["objective.py"]
    assert "pairwise_sigmoid(a_BD: Tensor, b_BD: Tensor, scale: Tensor | float) -> Tensor:" in code
    assert "LearnedBias" not in code and "+ bias" not in code
    image, text = pairs()
    found = objective(ALONE).combine({"siglip.a": image, "siglip.b": text})["siglip"].item()
    score = 3.0 * image @ text.T
    sign = 2 * torch.eye(8, dtype=torch.float64) - 1
    assert found == pytest.approx((torch.log1p(torch.exp(-sign * score)).sum() / 8).item(), rel=1e-13)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_two_ranks_come_to_the_weights_of_one_process(tmp_path: Path, accumulate: int) -> None:
    """The loss over the global batch, whoever holds which rows: weights, scale and bias after three steps."""
    made = compilation("siglip_tiny", overrides={"train.batch": 8}).package
    assert made is not None
    made.write(tmp_path / "package")
    place = tmp_path / "package"
    said = two_ranks(place, tmp_path / "two", precision="float64", accumulate=accumulate, steps=3)
    assert len(said) == 2
    train(place, tmp_path / "one", feed=ExampleFeed, device="cpu", precision="float64", steps=3, quiet=True)
    step = "checkpoints/step-00000003/weights.safetensors"
    two, one = load_file(tmp_path / "two" / step), load_file(tmp_path / "one" / step)
    assert {"siglip.scale.log", "siglip.bias.value"} <= set(one)
    assert one["siglip.bias.value"].item() != pytest.approx(-4.844, abs=1e-9)  # it learns
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-10, atol=1e-12)
    losses = [[row["loss"] for row in log.read(tmp_path / run / "log.jsonl")] for run in ("two", "one")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_the_bias_is_spared_by_weight_decay() -> None:
    groups = {group["name"]: group for group in package("siglip_tiny").recipe["groups"]}
    [spared] = [group for group in groups.values() if "siglip.bias.value" in group["weights"]]
    assert spared["decay"] == 0.0 and "siglip.scale.log" in spared["weights"]


def test_gradient_reaches_both_towers() -> None:
    with default_dtype(torch.float64):
        made, data = objective("siglip_tiny"), batch("siglip_tiny", 4)
        made(data)["total"].backward()
    assert all(weight.grad is not None for weight in made.parameters())


@pytest.mark.parametrize(
    ("numbers", "code", "said"),
    [
        ("scale: {use: learned_bias, init: 10.0}", "SHP201", "a bias is added to cosines"),
        ("bias: {use: learned, init: 10.0}", "SHP201", "a learned scale is positive"),
    ],
)
def test_a_bias_is_no_scale_and_a_scale_no_bias(numbers: str, code: str, said: str) -> None:
    text = f"vfmc: 1\nname: alone\nextends: siglip_tiny\nlosses: {{siglip: {{{numbers}}}}}\n"
    [finding] = spec(text).check()
    assert finding.code == code and said in finding.message


def test_a_bias_does_not_scale_a_softmax_either() -> None:
    text = (
        "vfmc: 1\nname: alone\nextends: clip_tiny\nlosses: {clip: {scale: {use: learned_bias, init: 10.0}}}\n"
    )
    [finding] = spec(text).check()
    assert finding.code == "SHP201" and "learned(init: 14.2857, max: 100)" in finding.help
