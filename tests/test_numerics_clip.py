"""CLIP against open_clip with equal weights: outputs, loss and every gradient, in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import batch, default_dtype, distance, disturbed, gradients, objective, package
from key_maps import shipped
from peers import peer

SPEC = """
vfmc: 1
name: small_clip
inputs:
  image: image
  caption: {{use: text, length: 11, tokenizer: clip}}
views:
  crop: {{use: random_square_crop, of: image, size: 16}}
towers:
  vision:
    from: crop
    pipe:
      - {{use: vit, width: 32, depth: 3, heads: 2, patch: 4, pre_norm: true, activation: {act}, epsilon: 1.0e-5, initializer: clip}}
      - cls
      - {{use: linear, out: 20, bias: false, initializer: clip}}
      - l2norm
  text:
    from: caption
    pipe:
      - {{use: text_transformer, width: 24, depth: 2, heads: 3, causal: true, activation: {act}, epsilon: 1.0e-5}}
      - eot
      - {{use: linear, out: 20, bias: false, initializer: clip}}
      - l2norm
losses:
  clip: {{use: contrastive, a: vision, b: text, scale: {{use: learned, init: 14.285714285714286, min: 1.0, max: 100.0}}}}
sources: {{pairs: digits}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
"""


def open_clip(quick_gelu: bool = False) -> Any:
    """The peer at the sizes of the spec above."""
    models = peer("open_clip").model
    vision = models.CLIPVisionCfg(layers=3, width=32, head_width=16, patch_size=4, image_size=16)
    text = models.CLIPTextCfg(context_length=11, vocab_size=49408, width=24, heads=3, layers=2)
    return models.CLIP(20, vision, text, quick_gelu=quick_gelu)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("activation", ["gelu", "quick_gelu"])
def test_outputs_loss_and_gradients_equal_open_clips(activation: str, level: int) -> None:
    text = SPEC.format(act=activation)
    torch.manual_seed(3)
    with default_dtype(torch.float64):
        theirs = disturbed(open_clip(activation == "quick_gelu").double().train())
    ours = objective(text, level)
    ours.load_state_dict(shipped("open_clip", text, dict(theirs.named_parameters()), ours.state_dict()))
    data = batch(text, 5)

    image, caption, scale = theirs(data["crop"], data["caption"])
    expected = peer("open_clip").ClipLoss()(image, caption, scale)
    expected.backward()
    operands = ours.embed(data)
    losses = ours.combine(operands)
    losses["total"].backward()

    assert distance(operands["clip.a"], image) < 1e-13
    assert distance(operands["clip.b"], caption) < 1e-13
    assert losses["clip"].item() == pytest.approx(expected.item(), rel=1e-13)
    slopes = {name: weight.grad for name, weight in theirs.named_parameters()}
    wanted = shipped("open_clip", text, slopes, ours.state_dict())
    found = gradients(ours)
    assert max(distance(found[name], gradient) for name, gradient in wanted.items()) < 1e-11
    assert (
        distance(ours.tower("vision", data["crop"]), theirs.encode_image(data["crop"], normalize=True))
        < 1e-13
    )
    assert (
        distance(ours.tower("text", data["caption"]), theirs.encode_text(data["caption"], normalize=True))
        < 1e-13
    )


def test_the_activation_makes_a_difference() -> None:
    """So that the test above can tell them apart."""
    data = batch(SPEC.format(act="gelu"), 5)
    one, two = (
        objective(SPEC.format(act=kind)).tower("vision", data["crop"]) for kind in ("gelu", "quick_gelu")
    )
    assert distance(one, two) > 1e-4


def deviations(module: Any) -> dict[str, torch.Tensor]:
    return {name: weight.detach().double().pow(2).mean().sqrt() for name, weight in module.named_parameters()}


def test_weights_begin_as_in_the_reference() -> None:
    """Root mean squares of the text tower, over 5 seeds, against the formulas of clip_family.md 1.4."""
    width, depth = 24, 2
    proj = width**-0.5 * (2 * depth) ** -0.5
    expected = {
        "text.word_embedding.weight": 0.02,
        "text.position.table": 0.01,
        "text.linear.weight": width**-0.5,
    }
    for layer in range(depth):
        block = f"text.blocks.{layer}."
        expected |= {block + "attention.qkv.weight": width**-0.5, block + "attention.proj.weight": proj}
        expected |= {block + "mlp.fc1.weight": (2 * width) ** -0.5, block + "mlp.fc2.weight": proj}
    expected |= {f"vision.{name}": 32**-0.5 for name in ("prefix.cls", "position.table", "linear.weight")}
    made = [deviations(package(SPEC.format(act="gelu")).build_objective(seed)) for seed in range(5)]
    for name, value in expected.items():
        assert sum(float(one[name]) for one in made) / 5 == pytest.approx(value, rel=0.1), name


def test_weights_begin_as_open_clips() -> None:
    """The root mean square of every tensor, over 5 seeds; what is constant is equal."""
    ours = [deviations(package(SPEC.format(act="gelu")).build_objective(seed)) for seed in range(5)]
    theirs = []
    for seed in range(5):
        torch.manual_seed(seed + 100)
        made = open_clip()
        weights = {name: weight.detach() for name, weight in made.named_parameters()}
        own = package(SPEC.format(act="gelu")).build_objective(0).state_dict()
        named = shipped("open_clip", SPEC.format(act="gelu"), weights, own)
        theirs.append({name: weight.double().pow(2).mean().sqrt() for name, weight in named.items()})
    for name in ours[0]:
        mine, other = (sum(float(one[name]) for one in side) / 5 for side in (ours, theirs))
        few = ours[0][name].numel() < 40
        assert mine == pytest.approx(other, rel=0.15 if few else 0.1, abs=1e-12), name


@pytest.mark.slow
def test_the_published_size_in_float32() -> None:
    """ViT-B/32 with equal weights, one image and one caption."""
    models = peer("open_clip")
    config = models.get_model_config("ViT-B-32")
    torch.manual_seed(0)
    theirs = models.model.CLIP(**config, quick_gelu=True).eval()
    ours = package("clip_vit_b32").build_objective(0).eval()
    ours.load_state_dict(
        shipped("open_clip", "clip_vit_b32", dict(theirs.named_parameters()), ours.state_dict())
    )
    generator = torch.Generator().manual_seed(1)
    image = torch.randn(1, 3, 224, 224, generator=generator)
    caption = torch.randint(1, 49000, (1, 77), generator=generator)
    caption[0, 20], caption[0, 21:] = 49407, 0
    with torch.no_grad():
        expected, found = theirs(image, caption), (ours.tower("vision", image), ours.tower("text", caption))
    assert distance(found[0], expected[0]) < 1e-5
    assert distance(found[1], expected[1]) < 1e-5
