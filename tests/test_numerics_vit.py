"""The vision transformer, and FLIP's towers, against timm with equal weights: outputs and gradients in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from compiled import batch, default_dtype, distance, disturbed, objective, package
from key_maps import TIMM_BLOCK, blocks, carried, shipped
from peers import peer
from torch import Tensor, nn

SPEC = """
vfmc: 1
name: two_towers
inputs:
  image: image
  caption: {{use: text, length: 8, tokenizer: {{use: bpe, vocabulary: 64}}}}
views:
  crop: {{use: random_square_crop, of: image, size: 24}}
towers:
  vision:
    from: crop
    pipe:
      - {{use: vit, width: 32, depth: 3, heads: 4, patch: 4, registers: {registers}}}
      - cls
      - l2norm
  text:
    from: caption
    pipe:
      - {{use: text_transformer, width: 32, depth: 1, heads: 2}}
      - eot
      - l2norm
losses:
  clip: {{use: contrastive, a: vision, b: text, scale: {{use: learned, init: 10.0}}}}
sources: {{pairs: digits}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
"""


def timm_vit(**options: Any) -> Any:
    kind = peer("timm.models.vision_transformer").VisionTransformer
    return kind(patch_size=4, embed_dim=32, num_heads=4, num_classes=0, **options)


def pulled_back(module: nn.Module, output: Tensor) -> dict[str, Tensor]:
    """The gradients of the output's product with fixed random numbers."""
    generator = torch.Generator().manual_seed(9)
    (output * torch.randn(output.shape, generator=generator, dtype=output.dtype)).sum().backward()
    return {name: weight.grad for name, weight in module.named_parameters() if weight.grad is not None}


def compare(found: dict[str, Tensor], expected: dict[str, Tensor], bound: float) -> None:
    for name, gradient in expected.items():
        if "attention.qkv.bias" in name:  # a key's bias moves every score alike: its true gradient is 0
            width = len(gradient) // 3
            assert found[name][width : 2 * width].abs().max() < 1e-12
            assert gradient[width : 2 * width].abs().max() < 1e-12
        assert distance(found[name], gradient) < bound, name


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("registers", [0, 2])
def test_outputs_and_gradients_equal_timms(registers: int, level: int) -> None:
    with default_dtype(torch.float64):
        theirs = disturbed(timm_vit(img_size=24, depth=3, reg_tokens=registers, global_pool="token").train())
    text = SPEC.format(registers=registers)
    made = objective(text, level)
    ours = made.vision
    weights = dict(theirs.named_parameters())
    ours.load_state_dict(shipped("timm_vit", text, weights, ours.state_dict(), "vision"))
    image = batch(text, 3)["crop"]

    feature = theirs(image)
    expected, found = feature / feature.norm(dim=1, keepdim=True), made.tower("vision", image)
    assert distance(found, expected) < 1e-13
    wanted = shipped("timm_vit", text, pulled_back(theirs, expected), ours.state_dict(), "vision")
    compare(pulled_back(ours, found), wanted, 1e-11)


CROPS = """
vfmc: 1
name: two_sizes
inputs: {image: image}
views:
  large: {use: dino_global, of: image, count: 2, size: 24, scale: [0.5, 1.0]}
  small: {use: dino_local, of: image, count: 1, size: 16, scale: [0.1, 0.5]}
towers:
  vision: {pipe: [{use: vit, width: 32, depth: 1, heads: 4, patch: 4}, cls]}
  student: {pipe: [vision, {use: dino_head, hidden: 8, bottleneck: 4, out: 6}]}
  teacher: {pipe: [{use: ema, of: student, momentum: 0.9}]}
losses:
  dino:
    use: self_distill
    student: {use: student, of: [large, small]}
    teacher: {use: teacher, of: large}
    student_temperature: 0.1
    teacher_temperature: 0.04
    center: 0.9
    pairs: other_view
sources: {images: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


def test_positions_are_resampled_as_timm_resamples_them() -> None:
    """Without antialiasing, as DINO does for its small crops."""
    position = objective(CROPS).vision.position
    resample = peer("timm.layers").resample_abs_pos_embed
    for side in (4, 9):
        expected = resample(
            position.table[None], new_size=[side, side], num_prefix_tokens=1, antialias=False
        )[0]
        assert distance(position.resampled(side * side + 1), expected) < 1e-6  # timm resamples in float32


def test_weights_begin_as_published() -> None:
    """N(0, 0.02^2) for every matrix, position and prefix token, cut where it never cuts; no bias (ssl_mim.md 0.1)."""
    ours = package(SPEC.format(registers=2)).build_objective(0).vision
    for name, weight in ours.named_parameters():
        if "norm" in name:
            assert torch.equal(weight, torch.full_like(weight, float(name.endswith("weight")))), name
        elif name.endswith("bias"):
            assert not weight.any(), name
        else:
            few = 3 / (2 * weight.numel()) ** 0.5
            assert weight.std().item() == pytest.approx(0.02, rel=max(few, 0.05)), name


FLIP = """
vfmc: 1
name: small_flip
inputs:
  image: image
  caption: {use: text, length: 8, tokenizer: {use: bpe, vocabulary: 64}}
views:
  crop: {use: random_resized_crop, of: image, size: 24, scale: [0.5, 1.0]}
masks:
  half: {use: random, of: crop, ratio: 0.5}
towers:
  vision:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 32, initializer: xavier}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 3, heads: 4, initializer: xavier}
      - {use: layernorm, as: norm}
      - {use: mean, prefix: true}
      - {use: linear, out: 20, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: word_embedding, width: 24}
      - position
      - {use: blocks, depth: 2, heads: 3}
      - layernorm
      - first
      - {use: linear, out: 20, bias: false}
      - l2norm
losses:
  clip: {use: contrastive, a: {use: vision, of: crop, hide: half}, b: text, scale: {use: learned, init: 10.0}}
sources: {pairs: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


def fixed_positions(side: int, width: int) -> np.ndarray:
    """Sines and cosines of the column, then of the row (ssl_mim.md 0.2): written number by number."""
    quarter = width // 4
    table = np.zeros((side * side, width))
    for row in range(side):
        for column in range(side):
            for k in range(quarter):
                rate = 1 / 10000 ** (k / quarter)
                table[row * side + column, k::quarter] = [
                    np.sin(column * rate),
                    np.cos(column * rate),
                    np.sin(row * rate),
                    np.cos(row * rate),
                ]
    return table


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("masked", [False, True])
def test_flips_vision_tower_equals_one_made_of_timms_parts(masked: bool, level: int) -> None:
    """No position for the class token, hidden patches dropped after positions, the mean over all tokens with the class token's."""
    with default_dtype(torch.float64):
        theirs = disturbed(timm_vit(img_size=24, depth=3, no_embed_class=True, global_pool="").train())
        theirs.pos_embed.requires_grad_(False).copy_(torch.from_numpy(fixed_positions(6, 32))[None])
        projection = disturbed(nn.Linear(32, 20, bias=False))
    made = objective(FLIP, level)
    ours = made.vision
    weights = {name: weight for name, weight in theirs.named_parameters() if name != "pos_embed"}
    weights |= {"head.weight": projection.weight}
    ours.load_state_dict(shipped("timm_vit", FLIP, weights, ours.state_dict(), "vision"))
    data = batch(FLIP, 3)

    x = theirs.patch_embed(data["crop"]) + theirs.pos_embed
    if masked:
        x = torch.stack([rows[kept] for rows, kept in zip(x, data["half.visible"], strict=True)])
    x = torch.cat([theirs.cls_token.expand(3, -1, -1), x], dim=1)
    pooled = projection(theirs.norm(theirs.blocks(x)).mean(dim=1))
    expected = pooled / pooled.norm(dim=1, keepdim=True)
    found = made.embed(data)["clip.a"] if masked else made.tower("vision", data["crop"])
    assert distance(found, expected) < 1e-13
    slopes = pulled_back(theirs, expected) | {"head.weight": projection.weight.grad}
    wanted = shipped("timm_vit", FLIP, slopes, ours.state_dict(), "vision")
    compare(pulled_back(ours, found), wanted, 1e-11)


@pytest.mark.parametrize("level", [0, 1])
def test_flips_text_tower_equals_one_made_of_timms_parts(level: int) -> None:
    """Every word sees every other, and the first word is the feature."""
    vit = peer("timm.models.vision_transformer")
    with default_dtype(torch.float64):
        theirs = nn.ModuleDict(
            {
                "blocks": nn.ModuleList(
                    vit.Block(24, 3, qkv_bias=True, norm_layer=lambda d, **_: nn.LayerNorm(d, eps=1e-6))
                    for _ in range(2)
                ),
                "layernorm": nn.LayerNorm(24, eps=1e-6),
                "linear": nn.Linear(24, 20, bias=False),
                "word_embedding": nn.Embedding(64, 24),
            }
        )
        disturbed(theirs)
        table = torch.randn(8, 24, requires_grad=True)
    made = objective(FLIP, level)
    rules = [
        *blocks("blocks", "blocks", TIMM_BLOCK),
        (r"((?:linear|layernorm|word_embedding|position)\.\w+)", r"\1", lambda x: x),
    ]
    ours = made.text
    ours.load_state_dict(
        carried(dict(theirs.named_parameters()) | {"position.table": table}, rules, ours.state_dict())
    )
    ids = batch(FLIP, 3)["caption"]
    x = theirs["word_embedding"](ids) + table
    for block in theirs["blocks"]:
        x = block(x)
    pooled = theirs["linear"](theirs["layernorm"](x)[:, 0])
    expected = pooled / pooled.norm(dim=1, keepdim=True)
    found = made.tower("text", ids)
    assert distance(found, expected) < 1e-13
    wanted = pulled_back(theirs, expected) | {"position.table": table.grad}
    compare(pulled_back(ours, found), carried(wanted, rules, ours.state_dict()), 1e-11)


def test_unmasked_tuning_sees_every_patch() -> None:
    """In the second phase of the zoo's FLIP the ratio is 0: the same loss as without any mask."""
    made = objective("flip_tiny", phase=1)
    data = batch("flip_tiny", 4, phase=1)
    operands = made.embed(data)
    assert distance(operands["clip.a"], made.tower("vision", data["crop"])) < 1e-14
