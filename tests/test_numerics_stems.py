"""Stems and blocks of many modalities, as ImageBind has them, against torch's own layers: outputs and gradients in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from bind import PHASES
from compiled import assert_levels_agree, batch, compilation, default_dtype, distance, objective, package
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vfmc.runtime.data.example import example_batch

# Sound as a picture of one channel that is not square, its patches overlapping; pictures through a stem of two frames; words that are causal.
SPEC = """
vfmc: 1
name: stems
inputs:
  image: image
  infrared: {use: image, channels: 1}
  caption: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 64}}
  motion: {use: signal, channels: 6, rate: 8}
views:
  window: {use: window, of: motion, seconds: 2}
  crop: {use: center_crop, of: image, size: 16}
  sound: {use: center_crop, of: infrared, size: [20, 34], normalize: none}
masks:
  half: {use: random, of: sound, ratio: 0.5}
towers:
  vision:
    from: crop
    pipe:
      - {use: vit, width: 24, depth: 2, heads: 3, patch: 4, frames: 2, pre_norm: true, initializer: imagebind}
      - cls
      - {use: linear, out: 16, bias: false}
      - l2norm
  audio:
    takes: {hide: null}
    from: sound
    pipe:
      - {use: patches, size: [6, 5], stride: [4, 3], width: 24, bias: false, initializer: torch}
      - {use: layernorm, epsilon: 1.0e-5, as: stem_norm}
      - {use: position, initializer: clip}
      - {use: drop, mask: hide}
      - {use: prefix, initializer: clip}
      - {use: blocks, depth: 2, heads: 3, bias_kv: true, initializer: xavier}
      - layernorm
      - cls
      - {use: linear, out: 16, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: word_embedding, width: 24}
      - position
      - {use: blocks, depth: 2, heads: 3, causal: true, bias_kv: true}
      - {use: layernorm, as: norm}
      - eot
      - {use: linear, out: 16, bias: false}
      - l2norm
  imu:
    from: window
    pipe:
      - {use: signal_patches, size: 4, width: 24, bias: false}
      - {use: layernorm, epsilon: 1.0e-5, as: stem_norm}
      - {use: prefix, initializer: clip}
      - position
      - {use: blocks, depth: 3, heads: 3, bias_kv: true, drop_path: 0.7, initializer: xavier}
      - {use: layernorm, as: norm}
      - cls
      - {use: dropout, p: 0.5}
      - {use: linear, out: 16, bias: false}
      - l2norm
losses:
  moves: {use: contrastive, a: vision, b: imu, scale: {use: fixed, value: 5}}
  words: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.2857, max: 100}}
  sounds: {use: contrastive, a: vision, b: {use: audio, of: sound, hide: half}, scale: {use: fixed, value: 20}}
sources: {pairs: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


def attention(width: int, heads: int, own: dict[str, Tensor], prefix: str) -> nn.MultiheadAttention:
    """torch's layer with weights of ours, its gradients flowing to them."""
    biased = f"{prefix}bias_k" in own
    made = nn.MultiheadAttention(width, heads, add_bias_kv=biased, batch_first=True)
    for name, ours in (
        ("in_proj_weight", "qkv.weight"), ("in_proj_bias", "qkv.bias"), ("bias_k", "bias_k"), ("bias_v", "bias_v"),
    ):  # fmt: skip
        if f"{prefix}{ours}" in own:
            shape = getattr(made, name).shape
            delattr(made, name)
            setattr(made, name, own[f"{prefix}{ours}"].view(shape))
    del made.out_proj.weight, made.out_proj.bias
    made.out_proj.weight, made.out_proj.bias = own[f"{prefix}proj.weight"], own[f"{prefix}proj.bias"]
    return made


def trunk(x: Tensor, own: dict[str, Tensor], prefix: str, heads: int, mask: Tensor | None = None) -> Tensor:
    """Pre-norm blocks, as the documented shapes say; epsilon 1e-6 in every norm."""
    depth = 1 + max(int(name.removeprefix(prefix).split(".")[0]) for name in own if name.startswith(prefix))
    width = x.shape[-1]
    for layer in range(depth):
        at = f"{prefix}{layer}."
        y = F.layer_norm(x, [width], own[f"{at}norm1.weight"], own[f"{at}norm1.bias"], 1e-6)
        x = (
            x
            + attention(width, heads, own, f"{at}attention.")(y, y, y, attn_mask=mask, need_weights=False)[0]
        )
        y = F.layer_norm(x, [width], own[f"{at}norm2.weight"], own[f"{at}norm2.bias"], 1e-6)
        y = F.gelu(F.linear(y, own[f"{at}mlp.fc1.weight"], own[f"{at}mlp.fc1.bias"]))
        x = x + F.linear(y, own[f"{at}mlp.fc2.weight"], own[f"{at}mlp.fc2.bias"])
    return x


def headed(x: Tensor, own: dict[str, Tensor], norm: str) -> Tensor:
    """The norm of the token that is read, the map without bias, length one."""
    x = F.layer_norm(x, [x.shape[-1]], own[f"{norm}.weight"], own[f"{norm}.bias"], 1e-6)
    return F.normalize(F.linear(x, own["linear.weight"]), dim=-1)


def vision(image: Tensor, own: dict[str, Tensor]) -> Tensor:
    """A convolution over two frames, which are one picture twice; the class token; a norm before the blocks."""
    kernel = own["patches.weight"].view(24, 3, 2, 4, 4)
    x = F.conv3d(image[:, :, None].repeat(1, 1, 2, 1, 1), kernel, stride=(2, 4, 4)).flatten(2).mT
    x = torch.cat([own["prefix.cls"].expand(len(x), 1, -1), x], dim=1) + own["position.table"]
    x = F.layer_norm(x, [24], own["pre_norm.weight"], own["pre_norm.bias"], 1e-6)
    return headed(trunk(x, own, "blocks.", 3)[:, 0], own, "norm")


def audio(sound: Tensor, own: dict[str, Tensor], visible: Tensor | None = None) -> Tensor:
    """A strided convolution, its norm with epsilon 1e-5; the class token has no position."""
    x = F.conv2d(sound, own["patches.weight"].view(24, 1, 6, 5), stride=(4, 3)).flatten(2).mT
    x = F.layer_norm(x, [24], own["stem_norm.weight"], own["stem_norm.bias"], 1e-5) + own["position.table"]
    if visible is not None:
        x = torch.stack([tokens[places] for tokens, places in zip(x, visible, strict=True)])
    x = torch.cat([own["prefix.cls"].expand(len(x), 1, -1), x], dim=1)
    return headed(trunk(x, own, "blocks.", 3)[:, 0], own, "layernorm")


def imu(signal: Tensor, own: dict[str, Tensor]) -> Tensor:
    """Stretches of four readings of six channels, a channel after the other; nothing is dropped in evaluation."""
    stretches = signal.unfold(2, 4, 4).permute(0, 2, 1, 3).reshape(len(signal), 4, 24)
    x = F.linear(stretches, own["signal_patches.weight"])
    x = F.layer_norm(x, [24], own["stem_norm.weight"], own["stem_norm.bias"], 1e-5)
    x = torch.cat([own["prefix.cls"].expand(len(x), 1, -1), x], dim=1) + own["position.table"]
    return headed(trunk(x, own, "blocks.", 3)[:, 0], own, "norm")


def text(ids: Tensor, own: dict[str, Tensor], end: int) -> Tensor:
    """A word sees those before it; the learned key is seen by all."""
    x = own["word_embedding.weight"][ids] + own["position.table"]
    hidden = torch.full((ids.shape[1], ids.shape[1]), float("-inf"), dtype=x.dtype).triu(1)
    x = trunk(x, own, "blocks.", 3, hidden)
    last = (ids == end).int().argmax(dim=1)
    return headed(x[torch.arange(len(x)), last], own, "norm")


def compare(name: str, found: Tensor, expected: Tensor, module: nn.Module, own: dict[str, Tensor]) -> None:
    """Outputs, and the gradients of every weight that the formula reads."""
    assert distance(found, expected) < 1e-13, name
    pull = torch.randn(found.shape, generator=torch.Generator().manual_seed(3), dtype=found.dtype)
    (expected * pull).sum().backward()
    slopes = {key: weight.grad for key, weight in own.items()}
    module.zero_grad()
    (found * pull).sum().backward()
    for key, weight in module.named_parameters():
        wanted = slopes[key]
        assert weight.grad is not None and wanted is not None, key
        if (
            "bias" not in key.rpartition(".")[2]
        ):  # those of keys move every score alike, so their gradient is near 0
            assert distance(weight.grad, wanted) < 1e-11, key
        assert (weight.grad - wanted).abs().max() < 1e-11 * max(float(wanted.abs().max()), 1e-2), key


def leaves(module: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().clone().requires_grad_() for name, weight in module.named_parameters()}


@pytest.mark.parametrize("level", [0, 1])
def test_towers_equal_the_formula_of_torchs_own_layers(level: int) -> None:
    made, data = objective(SPEC, level), batch(SPEC, 3)
    end = package(SPEC).data.PHASES["main"]["batch"]["caption"]["end"]
    operands = made.embed(data)
    with default_dtype(torch.float64):
        for name, found, formula in (
            ("vision", made.tower("vision", data["crop"]), lambda own: vision(data["crop"], own)),
            ("audio", made.tower("audio", data["sound"]), lambda own: audio(data["sound"], own)),
            ("imu", made.tower("imu", data["window"]), lambda own: imu(data["window"], own)),
            ("text", made.tower("text", data["caption"]), lambda own: text(data["caption"], own, end)),
            ("audio", operands["sounds.b"], lambda own: audio(data["sound"], own, data["half.visible"])),
        ):
            own = leaves(getattr(made, name))
            compare(name, found, formula(own), getattr(made, name), own)


def test_a_clip_goes_through_the_same_kernel_and_a_still_image_is_a_clip_of_it() -> None:
    made = objective(SPEC).vision.patches
    clip = torch.randn(2, 3, 2, 16, 16, dtype=torch.float64)
    expected = F.conv3d(clip, made.weight.view(24, 3, 2, 4, 4), stride=(2, 4, 4)).flatten(2).mT
    assert distance(made(clip), expected) < 1e-13
    still = clip[:, :, 0]
    assert torch.equal(made(still), made(torch.stack([still, still], dim=2)))
    flat = F.conv2d(still, made.weight.view(24, 3, 2, 4, 4).sum(2), stride=4).flatten(2).mT
    assert distance(made(still), flat) < 1e-13, "a kernel for pictures is the sum over its frames"


def test_a_signal_of_high_drop_path_and_dropout_is_scaled_as_documented() -> None:
    """Half of the head's inputs are zero and the others twice as large; the rates of the blocks grow linearly to 0.7."""
    made, data = objective(SPEC), batch(SPEC, 64)
    assert [block.drop_path for block in made.imu.blocks] == pytest.approx([0, 0.35, 0.7])
    seen: list[Tensor] = []
    made.imu.linear.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    made.embed(data)
    dropped = seen[-1]
    share = (dropped == 0).double().mean().item()
    assert share == pytest.approx(0.5, abs=0.05)
    for block in made.imu.blocks:
        block.drop_path = 0.0
    made.embed(data)
    kept = seen[-1]
    made.eval().embed(data)
    assert torch.equal(kept == 0, dropped == 0)
    assert torch.allclose(kept[kept != 0], 2 * seen[-1][kept != 0], rtol=1e-12)


def test_levels_agree_where_hidden_patches_overlap() -> None:
    assert_levels_agree(SPEC)
    ledger = compilation(SPEC, 1).ledger
    assert ledger is not None
    assert [e.taken for e in ledger.entries if e.name == "visible_patches" and e.graph == "main"] == [True]
    assert not [e for e in ledger.entries if e.name == "dead_tokens" and not e.taken], (
        "one token is read of each"
    )


@pytest.mark.parametrize("phase", [0, 1])
def test_levels_agree_in_phases_that_freeze(phase: int) -> None:
    """Frozen towers are in no graph at -O1; at -O0 nothing in them asks for a gradient."""
    assert_levels_agree(PHASES, phase)
    names = [name for name in ("vision", "text") if phase]
    ledger = compilation(PHASES, 1).ledger
    assert ledger is not None
    taken = [e for e in ledger.entries if e.name == "detach_frozen" and e.taken and e.graph == "bind"]
    assert len(taken) == 2 and all("vision" in entry.where for entry in taken)
    made = objective(PHASES, 0, phase=phase)
    made(batch(PHASES, 4, phase=phase))["total"].backward()
    assert all(weight.grad is None for name in names for weight in getattr(made, name).parameters())


@pytest.mark.parametrize("level", [0, 1])
def test_the_flop_counter_finds_what_the_ledger_predicts(level: int) -> None:
    loaded = package(SPEC, level)
    contract = loaded.data.PHASES["main"]
    data = {key: x.to("meta") for key, x in example_batch(contract, 2, data_module=loaded.data).items()}
    with torch.device("meta"):
        made: Any = loaded.objective.Objective()
    counter = FlopCounterMode(display=False)
    with counter, sdpa_kernel(SDPBackend.MATH):
        made.embed(data)
    ledger = compilation(SPEC, 1).ledger
    assert ledger is not None
    assert counter.get_total_flops() // 2 == 2 * ledger.forward["main"][level]


def test_weights_begin_as_documented() -> None:
    """Blocks by Xavier without bias; class token, positions and the learned key with deviation width^-1/2 (all wide enough to tell)."""
    torch.manual_seed(0)
    wide = SPEC.replace("width: 24, depth: 2, heads: 3, patch: 4", "width: 768, depth: 1, heads: 3, patch: 4")
    wide = wide.replace(
        "width: 24, bias: false, initializer: torch", "width: 768, bias: false, initializer: torch"
    )
    made = package(wide).objective.Objective()
    block = made.audio.blocks[0]
    assert not block.attention.qkv.bias.any() and not block.mlp.fc2.bias.any()
    assert block.attention.qkv.weight.abs().max() <= (6 / (4 * 768)) ** 0.5
    assert block.mlp.fc1.weight.std().item() == pytest.approx((2 / (5 * 768)) ** 0.5, rel=0.02)
    for learned in (made.vision.prefix.cls, made.vision.position.table, block.attention.bias_k):
        assert learned.std().item() == pytest.approx(768**-0.5, rel=0.1)
    bound = (
        3 * 2 * 4 * 4
    ) ** -0.5  # torch's convolutions: uniform up to one over the root of what a kernel reads
    kernel = made.vision.patches.weight
    assert kernel.abs().max() <= bound and kernel.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)


NESTED = """
vfmc: 1
name: nested
inputs:
  image: image
  caption: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 64}}
views:
  crop: {use: center_crop, of: image, size: 16}
towers:
  trunk: [{use: vit, width: 24, depth: 2, heads: 3, patch: 4, drop_path: 0.5}, cls]
  vision: {from: crop, pipe: [trunk, {use: dropout, p: 0.2}, {use: linear, out: 16}, l2norm]}
  text: {from: caption, pipe: [{use: word_embedding, width: 16}, mean, l2norm]}
losses:
  clip: {use: contrastive, a: vision, b: text, scale: {use: fixed, value: 5.0}}
sources: {pairs: digits}
train:
  batch: 4
  optimizer: {use: adamw, lr: 1.0e-3}
  phases:
    - {name: whole, for: 1 epoch}
    - {name: head, for: 1 epoch, set: {trunk.frozen: true}}
"""


@pytest.mark.parametrize("phase", [0, 1])
def test_a_trunk_inside_another_tower_rests_in_the_phase_that_freezes_it(phase: int) -> None:
    """It drops no path and has no gradient there, and the head around it still drops and learns."""
    assert_levels_agree(NESTED, phase)
    made, data = objective(NESTED, phase=phase), batch(NESTED, 6, phase=phase)
    seen: list[Tensor] = []
    made.trunk.register_forward_hook(lambda *given: seen.append(given[2]))
    first = made.embed(data)["clip.a"]
    other = made.embed(data | {"key": data["key"] + 1})["clip.a"]
    assert torch.equal(seen[0], seen[1]) == (phase == 1)
    assert distance(first, other) > 1e-3
    made(data)["total"].backward()
    assert made.vision.linear.weight.grad is not None
    assert all((weight.grad is None) == (phase == 1) for weight in made.trunk.parameters())
