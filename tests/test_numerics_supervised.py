"""The supervised systems of the zoo against timm with equal weights: logits, gradients, and how pictures and labels come together."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import default_dtype, distance, disturbed, objective, package
from key_maps import shipped
from peers import peer
from torch import Tensor
from torch.nn import functional as F

SHALLOW = {"classifier.vit.depth": 2, "classifier.vit.drop_path": 0.0}


def named(tensors: Any, made: Any, depth: int) -> dict[str, Tensor]:
    """Timm's tensors under the names of our classifier."""
    size = {} if depth == 12 else SHALLOW
    return shipped(
        "timm_vit", "supervised_vit_b16", dict(tensors), made.classifier.state_dict(), "classifier", size
    )


def pictures(size: int, count: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(count, 3, size, size, generator=generator, dtype=dtype)
    return x, torch.rand(count, 1000, generator=generator, dtype=dtype).softmax(1)


def losses(made: Any, theirs: Any, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Ours and timm's, of the same pictures and soft labels, with their gradients in place."""
    made.classifier.load_state_dict(named(theirs.named_parameters(), made, len(theirs.blocks)))
    x, soft = pictures(224, 2, dtype)
    expected = peer("timm.loss").SoftTargetCrossEntropy()(theirs(x), soft)
    found = made({"mixed": x, "soft": soft})["total"]
    found.backward()
    expected.backward()
    return found, expected


@pytest.mark.parametrize("level", [0, 1])
def test_a_shallow_vit_b16_equals_timms(level: int) -> None:
    """All sizes but the depth are those of the paper."""
    with default_dtype(torch.float64):
        vit = peer("timm.models.vision_transformer").VisionTransformer
        theirs = disturbed(vit(depth=2, num_classes=1000).train())
    made = objective("supervised_vit_b16", level, SHALLOW)
    found, expected = losses(made, theirs, torch.float64)
    assert abs(found.item() - expected.item()) < 1e-12 * abs(expected.item())
    gradients = {name: weight.grad for name, weight in theirs.named_parameters()}
    wanted = named(gradients, made, 2)
    for name, weight in made.classifier.named_parameters():
        gradient = wanted[name]
        floor = 1e-9 if name.endswith("qkv.bias") else 0.0  # a key's bias has no gradient in exact arithmetic
        assert (weight.grad - gradient).abs().max() <= 1e-11 * gradient.abs().max() + floor * 1e-3, name


@pytest.mark.slow
def test_vit_b16_equals_timms() -> None:
    """At full size, in float32."""
    theirs = disturbed(peer("timm").create_model("vit_base_patch16_224").train(), size=0.02)
    made = package("supervised_vit_b16").build_objective(0).eval()
    found, expected = losses(made, theirs, torch.float32)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    gradients = named({name: weight.grad for name, weight in theirs.named_parameters()}, made, 12)
    for name, weight in made.classifier.named_parameters():
        if not name.endswith("qkv.bias"):
            assert distance(weight.grad, gradients[name]) < 1e-3, name


def test_resnet_is_classified_from_the_mean_of_its_map() -> None:
    """The loss of the small one is torch's of a linear map of the mean feature, smoothed."""
    made = objective("supervised_resnet_tiny").eval()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 3, 16, 16, generator=generator, dtype=torch.float64)
    label = torch.tensor([0, 3, 9, 9, 1])
    logits = made.classifier.head(made.classifier.resnet(x).mean((2, 3)))
    found = made({"crop": x, "label": label})["total"]
    smooth = 0.9 * torch.eye(10, dtype=torch.float64)[label] + 0.01
    expected = -(smooth * F.log_softmax(logits, dim=1)).sum(1).mean()
    assert abs(found.item() - expected.item()) < 1e-12 * expected.item()
    assert torch.equal(made.tower("classifier", x), logits)
