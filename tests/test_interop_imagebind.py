"""ImageBind's layout, on a state dict made from its documented names and shapes (multimodal_interop.md 1.2) at a small width."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from conftest import Command
from safetensors.torch import load_file, save_file
from torch import Tensor

from vfmc import api
from vfmc.interop.meet import meet
from vfmc.runtime.interop import to_theirs

EDGE = 12  # of the joint space
IMAGES = "width: 16, depth: 2, heads: 2, patch: 8, initializer: truncated_normal"
SPEC = f"""
vfmc: 1
name: small_bind
inputs:
  image: image
  caption: {{use: text, length: 9, tokenizer: {{use: clip}}}}
  room: {{use: depth, encoding: metres}}
  heat: thermal
  sound: {{use: audio, rate: 16000}}
  motion: {{use: signal, channels: 6, rate: 16}}
views:
  crop: {{use: random_resized_crop, of: image, size: 16}}
  map: {{use: aligned, of: room, with: crop}}
  warm: {{use: aligned, of: heat, with: crop}}
  mel: {{use: mel, of: sound, bins: 16, frames: 24, seconds: 0.26}}
  window: {{use: window, of: motion, seconds: 1}}
towers:
  vision: {{from: crop, pipe: [{{use: vit, {IMAGES}, frames: 2, pre_norm: true}}, cls, {{use: linear, out: {EDGE}, bias: false}}, l2norm]}}
  text:
    from: caption
    pipe: [{{use: text_transformer, width: 16, depth: 2, heads: 2, causal: true, epsilon: 1.0e-6}}, eot, {{use: linear, out: {EDGE}, bias: false}}, l2norm]
  audio: {{from: mel, pipe: [{{use: vit, {IMAGES}, stride: 4, stem_norm: true, bias_kv: true}}, cls, {{use: linear, out: {EDGE}, bias: false}}, l2norm]}}
  depth: {{from: map, pipe: [{{use: vit, {IMAGES}, stem_norm: true, bias_kv: true}}, cls, {{use: linear, out: {EDGE}, bias: false}}, l2norm]}}
  thermal: {{from: warm, pipe: [{{use: vit, {IMAGES}, stem_norm: true, bias_kv: true}}, cls, {{use: linear, out: {EDGE}, bias: false}}, l2norm]}}
  imu:
    from: window
    pipe:
      - {{use: signal_patches, size: 4, width: 16, bias: false}}
      - {{use: layernorm, epsilon: 1.0e-5, as: stem_norm}}
      - prefix
      - position
      - {{use: blocks, depth: 1, heads: 2, bias_kv: true}}
      - {{use: layernorm, epsilon: 1.0e-6}}
      - cls
      - {{use: dropout, p: 0.5}}
      - {{use: linear, out: {EDGE}, bias: false}}
      - l2norm
losses:
  words: {{use: contrastive, a: vision, b: text, scale: {{use: learned, init: 14.2857, max: 100.0}}}}
  sounds: {{use: contrastive, a: vision, b: audio, scale: {{use: fixed, value: 20.0}}}}
  rooms: {{use: contrastive, a: vision, b: depth, scale: {{use: fixed, value: 5.0}}}}
  heats: {{use: contrastive, a: vision, b: thermal, scale: {{use: fixed, value: 10.0}}}}
  moves: {{use: contrastive, a: vision, b: imu, scale: {{use: fixed, value: 5.0}}}}
sources: {{all: scenes}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
export: {{vision: vision, text: text, audio: audio, depth: depth, thermal: thermal, imu: imu}}
"""


def published() -> dict[str, Tensor]:
    """Every tensor that the documentation lists, of small shapes."""
    torch.manual_seed(2)
    shapes: dict[str, tuple[int, ...]] = {
        "modality_preprocessors.vision.rgbt_stem.proj.1.weight": (16, 3, 2, 8, 8),
        "modality_trunks.vision.pre_transformer_layer.0.weight": (16,),
        "modality_trunks.vision.pre_transformer_layer.0.bias": (16,),
        "modality_preprocessors.text.token_embedding.weight": (49408, 16),
        "modality_preprocessors.text.pos_embed": (1, 9, 16),
        "modality_preprocessors.imu.imu_stem.proj.weight": (16, 24),
        "modality_preprocessors.imu.pos_embed": (1, 5, 16),
        "modality_heads.text.proj.0.weight": (16,), "modality_heads.text.proj.0.bias": (16,), "modality_heads.text.proj.1.weight": (EDGE, 16),
    }  # fmt: skip
    stems = {"audio": "rgbt_stem", "depth": "depth_stem", "thermal": "rgbt_stem", "imu": "imu_stem"}
    for name, tokens in {"vision": 5, "audio": 16, "depth": 5, "thermal": 5, "imu": 0, "text": 0}.items():
        if name != "text":
            shapes[f"modality_preprocessors.{name}.cls_token"] = (1, 1, 16)
            shapes[f"modality_heads.{name}.0.weight"] = shapes[f"modality_heads.{name}.0.bias"] = (16,)
            shapes[f"modality_heads.{name}.{3 if name == 'imu' else 2}.weight"] = (EDGE, 16)
        if tokens:
            shapes[f"modality_preprocessors.{name}.pos_embedding_helper.pos_embed"] = (1, tokens, 16)
        if name in stems:
            stem = f"modality_preprocessors.{name}.{stems[name]}"
            shapes[f"{stem}.norm_layer.weight"] = shapes[f"{stem}.norm_layer.bias"] = (16,)
            if name != "imu":
                shapes[f"{stem}.proj.weight"] = (16, 1, 8, 8)
        for layer in range(1 if name == "imu" else 2):
            block = f"modality_trunks.{name}.blocks.{layer}"
            shapes |= {f"{block}.attn.in_proj_weight": (48, 16), f"{block}.attn.in_proj_bias": (48,)}
            if name in stems:
                shapes |= {f"{block}.attn.bias_k": (1, 1, 16), f"{block}.attn.bias_v": (1, 1, 16)}
            for part, shape in {
                "attn.out_proj": (16, 16),
                "norm_1": (16,),
                "norm_2": (16,),
                "mlp.fc1": (64, 16),
                "mlp.fc2": (16, 64),
            }.items():
                shapes |= {f"{block}.{part}.weight": shape, f"{block}.{part}.bias": shape[:1]}
    found = {name: torch.randn(shape) for name, shape in shapes.items()}
    found["modality_preprocessors.text.mask"] = torch.full((9, 9), -math.inf).triu(1)
    found["modality_postprocessors.text.1.log_logit_scale"] = torch.tensor(2.5)
    for name, scale in {"audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}.items():
        found[f"modality_postprocessors.{name}.1.log_logit_scale"] = torch.tensor(math.log(scale))
    return found


@pytest.fixture
def spec(here: Path) -> Path:
    (here / "spec.yaml").write_text(SPEC)
    return here / "spec.yaml"


def test_every_tensor_of_imagebind_goes_in_and_comes_out(vfmc: Command, here: Path, spec: Path) -> None:
    given = published()
    save_file(given, here / "imagebind.safetensors")
    done = vfmc("import", "imagebind.safetensors", "--from", "imagebind", "--spec", spec)
    assert done.code == 0, done.err
    assert "non-commercial" in done.out and "5 made anew, equal to the file's" in done.out
    ours = load_file(here / "weights.safetensors")
    stem = given["modality_preprocessors.vision.rgbt_stem.proj.1.weight"]
    assert torch.equal(ours["vision.patches.weight"], stem.flatten(1))
    assert torch.equal(
        ours["imu.blocks.0.attention.bias_v"], given["modality_trunks.imu.blocks.0.attn.bias_v"].flatten()
    )
    done = vfmc("export", spec, "--weights", "weights.safetensors", "--to", "imagebind")
    assert done.code == 0, done.err
    back = load_file(here / "exported" / "imagebind.safetensors")
    assert set(back) == set(given)
    for name, tensor in given.items():
        same = (
            torch.allclose(back[name], tensor, rtol=1e-6)
            if name.endswith("log_logit_scale")
            else torch.equal(back[name], tensor)
        )
        assert same, name


def test_another_scale_or_a_mask_of_another_kind_is_told(vfmc: Command, here: Path, spec: Path) -> None:
    given = published()
    given["modality_postprocessors.audio.1.log_logit_scale"] = torch.tensor(math.log(7.0))
    given["modality_preprocessors.text.mask"] = torch.zeros(9, 9)
    save_file(given, here / "imagebind.safetensors")
    done = vfmc("import", "imagebind.safetensors", "--from", "imagebind", "--spec", spec)
    assert done.code == 2
    assert (
        "! modality_postprocessors.audio.1.log_logit_scale is not what the spec makes of it: 1.94591 in the file, 2.99573"
        in done.err
    )
    assert "! modality_preprocessors.text.mask is not what the spec makes of it" in done.err


def test_open_clips_image_and_text_begin_imagebinds(vfmc: Command, here: Path, spec: Path) -> None:
    """A picture that stands still for two frames gives what the picture gave: half of the kernel on each frame."""
    theirs = {
        "visual.class_embedding": (16,), "visual.positional_embedding": (5, 16), "visual.proj": (16, EDGE), "visual.conv1.weight": (16, 3, 8, 8),
        "positional_embedding": (9, 16), "text_projection": (16, EDGE), "logit_scale": (), "token_embedding.weight": (49408, 16),
    }  # fmt: skip
    for norm in ("visual.ln_pre", "visual.ln_post", "ln_final"):
        theirs |= {f"{norm}.weight": (16,), f"{norm}.bias": (16,)}
    for tower in ("visual.transformer", "transformer"):
        for layer in range(2):
            block = f"{tower}.resblocks.{layer}"
            theirs |= {f"{block}.attn.in_proj_weight": (48, 16), f"{block}.attn.in_proj_bias": (48,)}
            for part, shape in {
                "attn.out_proj": (16, 16),
                "ln_1": (16,),
                "ln_2": (16,),
                "mlp.c_fc": (64, 16),
                "mlp.c_proj": (16, 64),
            }.items():
                theirs |= {f"{block}.{part}.weight": shape, f"{block}.{part}.bias": shape[:1]}
    given = {name: torch.randn(shape) for name, shape in theirs.items()}
    save_file(given, here / "open_clip.safetensors")
    done = vfmc("import", "open_clip.safetensors", "--from", "open_clip", "--spec", spec)
    assert done.code == 0, done.err
    ours = load_file(here / "weights.safetensors")
    kernel = ours["vision.patches.weight"].unflatten(1, (3, 2, 8, 8))
    still = torch.randn(4, 3, 8, 8)
    expected = torch.einsum("bcrp,dcrp->bd", still, given["visual.conv1.weight"])
    found = torch.einsum("bctrp,dctrp->bd", still[:, :, None].expand(-1, -1, 2, -1, -1), kernel)
    assert torch.allclose(found, expected, atol=1e-4)
    assert not any(name.startswith(("audio", "depth")) for name in ours)
    done = vfmc("export", spec, "--weights", "weights.safetensors", "--to", "open_clip")
    assert done.code == 0, done.err
    back = load_file(here / "exported" / "open_clip_model.safetensors")
    assert set(back) == set(given) and all(torch.equal(back[name], each) for name, each in given.items())


def test_at_the_published_size_there_are_as_many_tensors_and_numbers(here: Path) -> None:
    """1311 tensors of 1,200,786,990 numbers, 5,933 of which are the mask and the fixed scales (multimodal_interop.md 1.1)."""
    huge = (
        SPEC.replace("length: 9", "length: 77")
        .replace("size: 16}}", "size: 224}}")
        .replace("size: 16}", "size: 224}")
    )
    huge = huge.replace("bins: 16, frames: 24, seconds: 0.26", "bins: 128, frames: 204, seconds: 2.0")
    huge = (
        huge.replace("rate: 16}", "rate: 400}")
        .replace("seconds: 1}", "seconds: 5}")
        .replace(f"out: {EDGE}", "out: 1024")
    )
    huge = huge.replace(f"{IMAGES}, frames: 2", 'size: "H/14", frames: 2').replace(
        f"{IMAGES}, stride: 4", 'size: "B/16", stride: 10'
    )
    small, base = "width: 384, depth: 12, heads: 8, patch: 16", 'size: "B/16"'
    huge = huge.replace(
        f"depth: {{from: map, pipe: [{{use: vit, {IMAGES}", f"depth: {{from: map, pipe: [{{use: vit, {small}"
    )
    huge = huge.replace(IMAGES, base).replace(
        "text_transformer, width: 16, depth: 2, heads: 2",
        "text_transformer, width: 1024, depth: 24, heads: 16",
    )
    huge = huge.replace("signal_patches, size: 4, width: 16", "signal_patches, size: 8, width: 512")
    huge = huge.replace("blocks, depth: 1, heads: 2", "blocks, depth: 6, heads: 8")
    (here / "huge.yaml").write_text(huge)
    program = api.load("huge.yaml").program
    weights = {
        f"{module.name}.{weight.name}": torch.empty(weight.shape, device="meta")
        for module in program.modules.values()
        for weight in module.weights
    }
    found = to_theirs(meet("imagebind", program).plan(), weights)
    assert len(found) == 1311
    assert sum(each.numel() for each in found.values()) == 1_200_786_990
    assert found["modality_preprocessors.audio.pos_embedding_helper.pos_embed"].shape == (1, 229, 768)
    assert found["modality_preprocessors.depth.depth_stem.proj.weight"].shape == (384, 1, 16, 16)
    assert found["modality_preprocessors.imu.imu_stem.proj.weight"].shape == (512, 48)
