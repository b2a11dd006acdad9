"""Residual networks against timm with equal weights: outputs, gradients, running statistics, counts and FLOPs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import assert_levels_agree, batch, default_dtype, distance, disturbed, objective, package
from key_maps import shipped
from peers import peer
from torch.utils.flop_counter import FlopCounterMode

SPEC = """
vfmc: 1
name: views
inputs: {{image: image}}
views:
  two: {{use: simclr, of: image, size: {size}}}
towers:
  vision:
    pipe:
      - {{use: resnet, depth: {depth}, {options}}}
      - mean
      - {{use: linear, out: {out}, initializer: torch}}
  unit: {{pipe: [vision, l2norm]}}
losses: {{simclr: {{use: nt_xent, of: {{use: unit, of: two}}}}}}
sources: {{images: digits}}
train: {{batch: 4, optimizer: {{use: sgd, lr: 0.1}}, for: 1 epochs}}
"""


def spec(depth: int, size: int = 33, out: int = 5, options: str = "zero_init: false") -> str:
    return SPEC.format(depth=depth, size=size, out=out, options=options)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("depth", [18, 50])
def test_outputs_gradients_and_running_statistics_equal_timms(depth: int, training: bool) -> None:
    with default_dtype(torch.float64):
        theirs = disturbed(peer("timm").create_model(f"resnet{depth}", num_classes=5))
    ours = objective(spec(depth)).vision
    ours.load_state_dict(
        shipped("timm_resnet", spec(depth), theirs.state_dict(), ours.state_dict(), "vision")
    )
    images = batch(spec(depth), 3)["two"]
    for module in (theirs, ours):
        module.train()
        module(images[0] * 2)  # running statistics that are no longer those of the beginning
        module.train(training)
    expected, found = theirs(images[1]), ours(images[1])
    assert distance(found, expected) < 1e-12
    for output in (expected, found):
        (output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum().backward()
    slopes = {name: weight.grad for name, weight in theirs.named_parameters()}
    own = dict(ours.named_parameters())
    for name, gradient in shipped("timm_resnet", spec(depth), slopes, own, "vision").items():
        grad = own[name].grad
        assert grad is not None and distance(grad, gradient) < 1e-10, name
    for name, tensor in shipped(
        "timm_resnet", spec(depth), theirs.state_dict(), ours.state_dict(), "vision"
    ).items():
        assert distance(ours.state_dict()[name].double(), tensor.double()) < 1e-12, name


@pytest.mark.parametrize(
    ("depth", "published"),
    [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808)],
)
def test_weights_are_those_of_the_published_networks(depth: int, published: int) -> None:
    """With a head of 1000 classes, as torchvision and timm count them; running statistics are buffers."""
    loaded = package(spec(depth, 224, 1000))
    with torch.device("meta"):
        ours = loaded.objective.Objective().vision
    theirs = peer("timm").create_model(f"resnet{depth}", device="meta")
    assert sum(weight.numel() for weight in ours.parameters()) == published
    assert loaded.recipe["parameters"]["total"] == published
    shipped(
        "timm_resnet", spec(depth, 224, 1000), theirs.state_dict(), ours.state_dict(), "vision"
    )  # every name and shape
    assert list(loaded.recipe["weights"].items()) == [
        (f"vision.{name}", list(tensor.shape)) for name, tensor in ours.state_dict().items()
    ]
    decayed = [name for group in loaded.recipe["groups"] if group["decay"] for name in group["weights"]]
    assert not any(".bn" in name or ".downsample.1" in name or name.endswith("bias") for name in decayed)
    assert not any("running" in name for group in loaded.recipe["groups"] for name in group["weights"])


@pytest.mark.parametrize(
    ("depth", "size", "options"),
    [(18, 65, "stem: imagenet"), (34, 33, "stem: small, width: 16"), (50, 224, "width: 64"), (50, 31, "stem: small")],
)  # fmt: skip
def test_flops_are_what_torch_counts(depth: int, size: int, options: str) -> None:
    text = spec(depth, size, 10, options)
    with torch.device("meta"):
        vision = package(text).objective.Objective().vision
        images = torch.empty(2, 3, size, size)
    with FlopCounterMode(display=False) as counter:
        vision(images)
    assert 2 * counter.get_total_flops() // 2 == package(text).recipe["flops"]["forward"]


def test_the_published_multiply_adds_of_resnet_50() -> None:
    """4.09 billion at 224 pixels (torchvision's table of weights), and a kernel of 3 in the small stem."""
    assert package(spec(50, 224, 1000)).recipe["flops"]["forward"] / 4e9 == pytest.approx(4.09, abs=0.005)
    assert package(spec(18, 32, 10, "stem: small")).recipe["weights"]["vision.resnet.conv1.weight"] == [
        64,
        3,
        3,
        3,
    ]


def test_the_map_is_as_large_as_its_type_says() -> None:
    vision: Any = objective(spec(18, 40, 5, "stem: small, width: 4")).vision
    assert vision.resnet(batch(spec(18), 2)["two"][0]).shape == (2, 32, 5, 5)


@pytest.mark.parametrize(("depth", "last"), [(18, "bn2"), (50, "bn3")])
def test_blocks_begin_as_the_identity(depth: int, last: str) -> None:
    vision: Any = package(spec(depth, 40, 5, "zero_init: true, width: 8")).build_objective(0).vision
    block = vision.resnet.layer1[1].eval()
    x = torch.rand(2, block.out, 6, 6)
    assert torch.equal(block(x), x)
    gains = {name: weight for name, weight in vision.named_parameters() if name.endswith(f"{last}.weight")}
    assert gains and not any(weight.any() for weight in gains.values())
    kernel = vision.resnet.layer2[0].conv2.weight
    expected = (2 / (kernel.shape[0] * 9)) ** 0.5  # He et al. 2015 eq. 14, by what a convolution gives
    assert kernel.std().item() == pytest.approx(expected, rel=0.1)


def test_residuals_are_dropped_a_sample_at_a_time_the_more_the_later() -> None:
    """Of 4,000 samples each keeps its shortcut alone, or all of its residual over the chance that it stays (arXiv 1603.09382)."""
    vision: Any = objective(spec(18, 16, 5, "drop_path: 0.6, width: 2, stem: small")).vision.eval()
    blocks = [block for group in (1, 2, 3, 4) for block in vision.resnet.get_submodule(f"layer{group}")]
    assert [block.drop_path for block in blocks] == pytest.approx([0.6 * layer / 7 for layer in range(8)])
    block, x = (
        blocks[3],
        torch.rand(4000, 4, 2, 2, dtype=torch.float64),
    )  # the second of its width: no convolution beside it
    residual = block.bn2(block.conv2(block.bn1(block.conv1(x)).relu()))
    found = block(x, torch.arange(4000) * 7919)
    dropped = (found - x.relu()).flatten(1).abs().amax(1) == 0
    assert dropped.double().mean().item() == pytest.approx(0.6 * 3 / 7, abs=0.03)
    expected = x + (~dropped).double().view(-1, 1, 1, 1) * residual / (1 - 0.6 * 3 / 7)
    assert distance(found, expected.relu()) < 1e-14
    assert distance(block(x), (x + residual).relu()) < 1e-14  # evaluation


def test_what_is_dropped_is_the_same_at_every_level() -> None:
    assert_levels_agree(spec(18, 16, 5, "drop_path: 0.6, width: 4, stem: small"))
