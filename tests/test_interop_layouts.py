"""Weights in and out, through files on disk and the command line: what went in comes out bit for bit, and computes the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from compiled import disturbed
from conftest import Command, Run
from peers import peer
from safetensors.torch import load_file, save_file
from test_numerics_vit import fixed_positions
from torch import Tensor

CLIP = """
vfmc: 1
name: small_clip
inputs:
  image: image
  caption: {use: text, length: 11, tokenizer: clip}
views:
  crop: {use: random_square_crop, of: image, size: 16}
towers:
  picture:
    from: crop
    pipe:
      - {use: vit, width: 32, depth: 2, heads: 2, patch: 4, pre_norm: true, activation: ACT, epsilon: 1.0e-5, initializer: clip}
      - cls
      - {use: linear, out: 20, bias: false, initializer: clip, as: projection}
      - l2norm
  words:
    from: caption
    pipe:
      - {use: text_transformer, width: 24, depth: 2, heads: 3, causal: true, activation: ACT, epsilon: 1.0e-5}
      - eot
      - {use: linear, out: 20, bias: false, initializer: clip}
      - l2norm
losses:
  clip: {use: contrastive, a: picture, b: words, scale: {use: learned, init: 14.285714285714286, min: 1.0, max: 100.0}}
sources: {pairs: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
export: {picture: picture, words: words}
"""
VIT = """
vfmc: 1
name: small_vit
inputs: {image: image}
views: {large: {use: dino_global, of: image, count: 2, size: 16}}
towers:
  trunk: {pipe: [{use: vit, width: 32, depth: 2, heads: 4, patch: 4}, cls]}
  head: {pipe: [{use: dino_head, hidden: 16, bottleneck: 8, out: 12}]}
  student: {pipe: [trunk, head]}
  teacher: {pipe: [{use: ema, of: student, momentum: 0.9}]}
losses:
  dino:
    use: self_distill
    student: {use: student, of: large}
    teacher: {use: teacher, of: large}
    student_temperature: 0.1
    teacher_temperature: 0.04
    center: 0.9
    pairs: other_view
sources: {images: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
export: {trunk: trunk}
"""
MAE = """
vfmc: 1
name: small_mae
inputs: {image: image}
views: {crop: {use: mae, of: image, size: 16}}
masks: {hidden: {use: random, of: crop, ratio: 0.75}}
towers:
  encoder:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 32, initializer: xavier}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 2, heads: 4, initializer: xavier}
      - layernorm
  decoder:
    pipe:
      - {use: linear, out: 16, initializer: xavier, as: embed}
      - {use: restore, mask: hidden}
      - {use: position, kind: sincos}
      - {use: blocks, depth: 1, heads: 2, initializer: xavier}
      - layernorm
      - {use: linear, out: 48, initializer: xavier, as: predict}
losses:
  pixels:
    use: mse
    prediction: {use: decoder, of: {use: encoder, of: crop, hide: hidden}}
    target: {use: patch_pixels, of: crop, size: 4, normalize: true}
    "on": hidden
sources: {images: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
export: {encoder: encoder}
"""


def open_clip(quick_gelu: bool = False) -> Any:
    models = peer("open_clip").model
    vision = models.CLIPVisionCfg(layers=2, width=32, head_width=16, patch_size=4, image_size=16)
    text = models.CLIPTextCfg(context_length=11, vocab_size=49408, width=24, heads=3, layers=2)
    torch.manual_seed(3)
    return disturbed(models.CLIP(20, vision, text, quick_gelu=quick_gelu).eval())


@pytest.fixture
def does(vfmc: Command) -> Command:
    """A command line that must succeed."""

    def call(*arguments: object, stdin: str | bytes | None = None) -> Run:
        done = vfmc(*arguments, stdin=stdin)
        assert done.code == 0, done.err
        return done

    return call


def equal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name


def tensors(model: Any) -> dict[str, Tensor]:
    return {name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("activation", ["gelu", "quick_gelu"])
def test_clip_goes_from_open_clip_to_transformers_and_back(
    does: Command, here: Path, activation: str
) -> None:
    theirs = open_clip(activation == "quick_gelu")
    given = {name: tensor for name, tensor in tensors(theirs).items() if name != "attn_mask"}
    save_file(given, here / "theirs.safetensors")
    (here / "spec.yaml").write_text(CLIP.replace("ACT", activation))
    does(
        "import", "theirs.safetensors", "--from", "open_clip", "--spec", "spec.yaml", "-o", "ours.safetensors"
    )
    ours = load_file(here / "ours.safetensors")
    assert ours["picture.projection.weight"].shape == (20, 32) and len(ours) == len(given)

    does("export", "spec.yaml", "--weights", "ours.safetensors", "--to", "hf", "-o", "hf")
    hf = peer("transformers").CLIPModel.from_pretrained(here / "hf").eval()
    image, ids = torch.rand(3, 3, 16, 16), torch.randint(1, 49000, (3, 11))
    ids[:, 0] = 49406
    for row, end in enumerate((4, 10, 7)):  # texts end at different places, with padding after
        ids[row, end:] = 0
        ids[row, end] = 49407
    with torch.no_grad():
        out = hf(input_ids=ids, pixel_values=image)
        assert (out.image_embeds - theirs.encode_image(image, normalize=True)).abs().max() < 1e-6
        assert (out.text_embeds - theirs.encode_text(ids, normalize=True)).abs().max() < 1e-6
        assert torch.equal(hf.logit_scale, theirs.logit_scale)

    does("import", "hf", "--from", "hf", "--spec", "spec.yaml", "-o", "again.safetensors")
    equal(load_file(here / "again.safetensors"), ours)
    does("export", "spec.yaml", "--weights", "again.safetensors", "--to", "open_clip", "-o", "oc")
    equal(load_file(here / "oc" / "open_clip_model.safetensors"), given)
    config = json.loads((here / "oc" / "open_clip_config.json").read_text())["model_cfg"]
    models = peer("open_clip").model
    made = models.CLIP(
        config["embed_dim"], models.CLIPVisionCfg(**config["vision_cfg"]), models.CLIPTextCfg(**config["text_cfg"]),
        quick_gelu=config["quick_gelu"],
    ).eval()  # fmt: skip
    made.load_state_dict(load_file(here / "oc" / "open_clip_model.safetensors"))
    with torch.no_grad():
        assert torch.equal(made.encode_image(image), theirs.encode_image(image))


def test_vit_goes_from_timm_to_transformers_and_back(does: Command, here: Path) -> None:
    vit = peer("timm.models.vision_transformer").VisionTransformer
    theirs = disturbed(
        vit(img_size=16, patch_size=4, embed_dim=32, depth=2, num_heads=4, num_classes=0).eval()
    )
    given = tensors(theirs)
    torch.save(
        {"state_dict": {f"module.{name}": tensor for name, tensor in given.items()}, "epoch": 3},
        here / "vit.pth",
    )
    (here / "spec.yaml").write_text(VIT)
    does("import", "vit.pth", "--from", "timm", "--spec", "spec.yaml", "-o", "ours.safetensors")
    does("export", "spec.yaml", "--weights", "ours.safetensors", "--to", "hf", "-o", "hf")
    hf = peer("transformers").ViTModel.from_pretrained(here / "hf", add_pooling_layer=False).eval()
    image = torch.rand(3, 3, 16, 16)
    with torch.no_grad():
        assert (hf(image).last_hidden_state[:, 0] - theirs(image)).abs().max() < 1e-6
    hf.save_pretrained(here / "saved")  # by their own hands, under whatever names they write
    does("import", "saved", "--from", "hf", "--spec", "spec.yaml", "-o", "again.safetensors")
    does("export", "spec.yaml", "--weights", "again.safetensors", "--to", "timm", "-o", "timm")
    equal(load_file(here / "timm" / "model.safetensors"), given)


def hf_mae() -> Any:
    library = peer("transformers")
    config = library.ViTMAEConfig(
        image_size=16, patch_size=4, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        decoder_hidden_size=16, decoder_num_hidden_layers=1, decoder_num_attention_heads=2, decoder_intermediate_size=64,
        mask_ratio=0.75, norm_pix_loss=True, layer_norm_eps=1e-6,
    )  # fmt: skip
    torch.manual_seed(5)
    model = library.ViTMAEForPreTraining(config).eval()
    disturbed(model)
    with torch.no_grad():  # its own begin as zeros, where the published code has sines and cosines
        for table, width in (
            (model.vit.embeddings.position_embeddings, 32),
            (model.decoder.decoder_pos_embed, 16),
        ):
            table.zero_()
            table[0, 1:] = torch.from_numpy(fixed_positions(4, width))
    return model


def test_mae_goes_to_the_published_layout_and_back_to_transformers(does: Command, here: Path) -> None:
    theirs = hf_mae()
    theirs.save_pretrained(here / "saved")
    (here / "spec.yaml").write_text(MAE)
    does("import", "saved", "--from", "hf", "--spec", "spec.yaml", "-o", "ours.safetensors")
    does("export", "spec.yaml", "--weights", "ours.safetensors", "--to", "mae", "-o", "mae")
    official = torch.load(here / "mae" / "mae.pth", weights_only=True)["model"]
    assert official["pos_embed"].shape == (1, 17, 32) and official["mask_token"].shape == (1, 1, 16)
    assert {"blocks.1.attn.qkv.weight", "decoder_blocks.0.mlp.fc1.bias", "decoder_pred.weight"} <= set(
        official
    )
    does("import", "mae/mae.pth", "--from", "mae", "--spec", "spec.yaml", "-o", "again.safetensors")
    does("export", "spec.yaml", "--weights", "again.safetensors", "--to", "hf", "-o", "hf")
    made = peer("transformers").ViTMAEForPreTraining.from_pretrained(here / "hf").eval()
    equal(tensors(made), tensors(theirs))
    image, noise = torch.rand(2, 3, 16, 16), torch.rand(2, 16)
    with torch.no_grad():
        assert torch.equal(made(image, noise=noise).loss, theirs(image, noise=noise).loss)


def test_a_full_checkpoint_of_dino_gives_its_teacher(does: Command, here: Path) -> None:
    """Backbone, head and what training leaves beside them, with settings as a Namespace."""
    import argparse

    vit = peer("timm.models.vision_transformer").VisionTransformer
    backbone = tensors(
        disturbed(vit(img_size=16, patch_size=4, embed_dim=32, depth=2, num_heads=4, num_classes=0))
    )
    shapes = {"mlp.0": (16, 32), "mlp.2": (16, 16), "mlp.4": (8, 16)}
    head = {f"{name}.weight": torch.randn(shape) for name, shape in shapes.items()}
    head |= {f"{name}.bias": torch.randn(shape[0]) for name, shape in shapes.items()}
    head |= {"last_layer.weight_v": torch.randn(12, 8), "last_layer.weight_g": torch.ones(12, 1)}
    teacher = {f"backbone.{name}": each for name, each in backbone.items()} | {
        f"head.{name}": each for name, each in head.items()
    }
    student = {f"module.{name}": each + 1 for name, each in teacher.items()}
    full = {"student": student, "teacher": teacher, "epoch": 9, "args": argparse.Namespace(lr=1e-3)}
    torch.save(full, here / "checkpoint.pth")
    (here / "spec.yaml").write_text(VIT)
    said = does("import", "checkpoint.pth", "--from", "dino", "--spec", "spec.yaml")
    ours = load_file(here / "weights.safetensors")
    assert torch.equal(ours["trunk.position.table"], backbone["pos_embed"][0])
    assert torch.equal(ours["head.last.weight"], head["last_layer.weight_v"])
    does("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "dino")
    equal(
        torch.load(here / "exported" / "dino.pth", weights_only=True),
        backbone | {f"head.{name}": each for name, each in head.items()},
    )
    assert "made anew, equal to the file's: head.last_layer.weight_g" in said.out


CLASSES = """
vfmc: 1
name: small_classifier
inputs: {image: image, label: {use: label, classes: 5}}
views: {crop: {use: random_resized_crop, of: image, size: 16}}
towers: {net: {from: crop, pipe: [NET, {use: linear, out: 5, as: head}]}}
losses: {names: {use: cross_entropy, logits: net, labels: label}}
sources: {images: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
export: {net: net}
"""


def test_a_classifier_of_timm_is_one_of_transformers(does: Command, here: Path) -> None:
    vit = peer("timm.models.vision_transformer").VisionTransformer
    theirs = disturbed(
        vit(img_size=16, patch_size=4, embed_dim=32, depth=2, num_heads=4, num_classes=5).eval()
    )
    save_file(tensors(theirs), here / "model.safetensors")
    (here / "spec.yaml").write_text(
        CLASSES.replace("NET", "{use: vit, width: 32, depth: 2, heads: 4, patch: 4}, cls")
    )
    does("import", "model.safetensors", "--from", "timm", "--spec", "spec.yaml")
    does("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "hf", "-o", "hf")
    hf = peer("transformers").ViTForImageClassification.from_pretrained(here / "hf").eval()
    image = torch.rand(3, 3, 16, 16)
    with torch.no_grad():
        assert (hf(image).logits - theirs(image)).abs().max() < 1e-6
    does("import", "hf", "--from", "hf", "--spec", "spec.yaml")
    does("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "timm", "-o", "timm")
    equal(load_file(here / "timm" / "model.safetensors"), tensors(theirs))


def test_a_resnet_comes_from_timm_and_goes_back_with_its_statistics(does: Command, here: Path) -> None:
    theirs = tensors(disturbed(peer("timm").create_model("resnet18", num_classes=5)))
    torch.save(theirs, here / "resnet.pth")
    (here / "spec.yaml").write_text(CLASSES.replace("NET", "{use: resnet, depth: 18}, mean"))
    does("import", "resnet.pth", "--from", "timm", "--spec", "spec.yaml")
    assert torch.equal(
        load_file(here / "weights.safetensors")["net.resnet.bn1.running_var"], theirs["bn1.running_var"]
    )
    does("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "timm")
    equal(load_file(here / "exported" / "model.safetensors"), theirs)
