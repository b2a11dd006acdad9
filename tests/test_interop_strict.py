"""What does not fit is told, all of it, on both sides; files that are odd or hostile end in a sentence."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from conftest import Command
from safetensors.torch import load_file, save_file
from test_interop_layouts import VIT

from vfmc import api

WIDTH = 32


def vit() -> dict[str, torch.Tensor]:
    """A vision transformer by timm's names, from its documented shapes."""
    torch.manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, WIDTH), "pos_embed": (1, 17, WIDTH), "patch_embed.proj.weight": (WIDTH, 3, 4, 4),
        "patch_embed.proj.bias": (WIDTH,), "norm.weight": (WIDTH,), "norm.bias": (WIDTH,),
    }  # fmt: skip
    for layer in range(2):
        block = {
            "norm1": (WIDTH,), "norm2": (WIDTH,), "attn.qkv": (3 * WIDTH, WIDTH), "attn.proj": (WIDTH, WIDTH),
            "mlp.fc1": (4 * WIDTH, WIDTH), "mlp.fc2": (WIDTH, 4 * WIDTH),
        }  # fmt: skip
        for name, shape in block.items():
            shapes[f"blocks.{layer}.{name}.weight"] = shape
            shapes[f"blocks.{layer}.{name}.bias"] = shape[:1]
    return {name: torch.randn(shape) for name, shape in shapes.items()}


@pytest.fixture
def bring(vfmc: Command, here: Path):
    (here / "spec.yaml").write_text(VIT)

    def call(weights: object, *more: object, layout: str = "timm"):
        path = here / "vit.safetensors"
        if isinstance(weights, dict):
            save_file(weights, path)
        else:
            path = here / str(weights)
        return vfmc("import", path, "--from", layout, "--spec", "spec.yaml", *more)

    return call


def test_everything_that_is_left_is_listed_with_shapes_and_near_names(bring) -> None:
    weights = vit()
    weights["blocks.1.attn.qkv_weight"] = weights.pop("blocks.1.attn.qkv.weight")
    weights["extra"] = torch.zeros(3, 2)
    weights["norm.bias"] = torch.zeros(5)
    weights["cls_token"] = torch.zeros(2, 1, WIDTH)
    done = bring(weights)
    assert done.code == 2
    assert (
        "+ trunk.blocks.1.attention.qkv.weight [96, 32]: the file has no blocks.1.attn.qkv.weight (is it blocks.1.attn.qkv_weight?)"
        in done.err
    )
    assert (
        "- blocks.1.attn.qkv_weight [96, 32]: nothing of the spec takes it (is it blocks.1.attn.qkv.weight?)"
        in done.err
    )
    assert "- extra [3, 2]: nothing of the spec takes it" in done.err
    assert "! norm.bias is [5] as trunk.norm.bias, which is [32] in the spec" in done.err
    assert "! cls_token [2, 1, 32] cannot become trunk.prefix.cls: its dimension 0 is not 1" in done.err
    assert "27 of 30 weights found" not in done.out and not Path("weights.safetensors").exists()


def test_what_is_meant_to_differ_is_named(bring) -> None:
    weights = vit()
    weights["extra"] = torch.zeros(3, 2)
    del weights["norm.bias"]
    done = bring(weights, "--ignore", "extra", "--fresh", "trunk.norm")
    assert done.code == 0, done.err
    assert "2 fresh, not in the file: trunk.norm.weight, trunk.norm.bias" in done.out
    assert "2 ignored: norm.weight, extra" in done.out
    assert len(load_file("weights.safetensors")) == len(vit()) - 2


def test_settings_that_would_compute_something_else_stop_the_import(bring, here: Path) -> None:
    (here / "config.json").write_text(
        json.dumps({"model_args": {"num_heads": 8, "depth": 2}, "pretrained_cfg": {"std": [1, 1, 1]}})
    )
    done = bring(vit())
    assert (
        done.code == 2
        and "config.json: model_args.num_heads is 8, and the spec has 4 (vision.blocks.heads)" in done.err
    )
    assert "pretrained_cfg.std is [1, 1, 1]" in done.err and "depth" not in done.err
    allowed = bring(vit(), "--allow")
    assert allowed.code == 0 and "warning: config.json: model_args.num_heads" in allowed.err


def test_a_setting_that_a_file_leaves_out_has_its_default_there(vfmc: Command, here: Path) -> None:
    """transformers takes 1e-12 where a config of a ViT says no epsilon: another function than with 1e-6."""
    (here / "spec.yaml").write_text(VIT)
    (here / "hf").mkdir()
    save_file(vit(), here / "hf" / "model.safetensors")
    (here / "hf" / "config.json").write_text(
        json.dumps({"model_type": "vit", "hidden_size": 32, "intermediate_size": 128})
    )
    done = vfmc("import", "hf", "--from", "hf_vit", "--spec", "spec.yaml")
    assert (
        "layer_norm_eps is 1e-12 (its default, for the file does not say), and the spec has 1e-06" in done.err
    )
    (here / "hf" / "config.json").write_text(json.dumps({"model_type": "bert"}))
    done = vfmc("import", "hf", "--from", "hf_vit", "--spec", "spec.yaml")
    assert "is of a `bert`, and the layout hf_vit is for `vit`" in done.err


def test_shards_are_read_and_their_index_is_not_trusted(bring, here: Path) -> None:
    weights = vit()
    names = sorted(weights)
    save_file({name: weights[name] for name in names[::2]}, here / "a.safetensors")
    save_file({name: weights[name] for name in names[1::2]}, here / "b.safetensors")
    places = {name: "ab"[i % 2] + ".safetensors" for i, name in enumerate(names)}
    index = here / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    assert bring(index.name).code == 0
    index.write_text(json.dumps({"weight_map": places | {"more": "b.safetensors"}}))
    assert "promises more, which is in no shard" in bring(index.name).err
    index.write_text(json.dumps({"weight_map": places | {"more": "../b.safetensors"}}))
    assert "does not lie beside it" in bring(index.name).err
    index.write_text(json.dumps({"weight_map": places | {"more": "c.safetensors"}}))
    assert "c.safetensors, which is not there" in bring(index.name).err
    for odd in ("[]", "{", '{"weight_map": 3}'):
        index.write_text(odd)
        assert "is no index of shards" in bring(index.name).err


class Hostile:
    def __reduce__(self):
        return os.system, ("touch was_run",)


def test_hostile_and_damaged_files_end_in_a_sentence(bring, here: Path) -> None:
    (here / "evil.pth").write_bytes(pickle.dumps({"model": Hostile()}))
    torch.save({"model": Hostile()}, here / "evil2.pth")
    for name in ("evil.pth", "evil2.pth"):
        done = bring(name)
        assert done.code == 2 and (
            "holds more than tensors" in done.err or "cannot be read by torch" in done.err
        ), done.err
    assert not (here / "was_run").exists()
    (here / "short.safetensors").write_bytes(b"\xff" * 20)
    assert "cannot be read as safetensors" in bring("short.safetensors").err
    (here / "empty.pth").write_bytes(b"")
    assert "cannot be read by torch" in bring("empty.pth").err
    Path("config.json").write_text("{}", encoding="utf-8")
    assert "config.json is a text, which holds no weights" in bring("config.json").err
    torch.save({"optimizer": {}, "epoch": 3}, here / "none.pth")
    assert "holds no state dict: it has optimizer, epoch" in bring("none.pth").err
    torch.save([1, 2], here / "list.pth")
    assert "holds a list, not tensors by name" in bring("list.pth").err
    torch.save({"state_dict": {**vit(), "step": 3}}, here / "odd.pth")
    assert "`step` is no tensor" in bring("odd.pth").err
    assert "there is no file" in bring("nowhere.pth").err


def test_layouts_that_are_not_there_or_do_not_fit_are_told(bring, here: Path) -> None:
    assert "there is no layout `tim`: did you mean `timm`?" in bring(vit(), layout="tim").err
    assert (
        "no tower of the spec is the vision of open_clip: the tower `trunk` has no stage `layernorm` to be vision.pre_norm"
        in bring(vit(), layout="open_clip").err
    )
    done = bring(vit(), "--tower", "vision=head")
    assert "the tower `head` has no stage `patches` to be vision.patches" in done.err
    assert "has no tower `eyes`: it has vision" in bring(vit(), "--tower", "eyes=trunk").err
    (here / "mine.yaml").write_text("weights: {a: vision.b | stretch}\n")
    assert "`stretch` at `a` is no verb" in bring(vit(), layout="mine.yaml").err
    (here / "mine.yaml").write_text('weights: {"a.{N}": vision.b}\n')
    assert "must hold the same of {N}" in bring(vit(), layout="mine.yaml").err


def test_a_layout_of_ones_own_is_a_file(bring, here: Path) -> None:
    """Another layout than any we have: names of a person's own, and patches in (row, column, channel) order."""
    mine = {name.replace("blocks.", "layer"): tensor for name, tensor in vit().items()}
    mine["embed"] = mine.pop("patch_embed.proj.weight").permute(0, 2, 3, 1).flatten(1).contiguous()
    text = Path(__file__).parent.parent.joinpath("vfmc", "interop", "maps", "timm_vit.yaml").read_text()
    text = text.replace('"blocks.{N}', '"layer{N}').replace("layout: timm_vit", "layout: mine")
    text = text.replace(
        "patch_embed.proj.weight: vision.patches.weight | kernel ",
        "embed: vision.patches.weight | kernel_last ",
    )
    (here / "mine.yaml").write_text(text)
    assert bring(mine, "-o", "mine.safetensors", layout="mine.yaml").code == 0
    assert bring(vit(), "-o", "timm.safetensors").code == 0
    one, other = load_file("mine.safetensors"), load_file("timm.safetensors")
    assert set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


def test_an_end_of_text_that_transformers_would_not_find_is_told(vfmc: Command, here: Path) -> None:
    """Where a config says that the end is 2, it takes the largest id: the wrong word, silently."""
    from test_interop_layouts import CLIP

    small = CLIP.replace("tokenizer: clip", "tokenizer: {use: bpe, vocabulary: 300}").replace("ACT", "gelu")
    (here / "spec.yaml").write_text(small)
    save_file(api.module("spec.yaml").state_dict(), here / "weights.safetensors")
    done = vfmc("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "hf")
    assert done.code == 2 and "hf_clip has text.end_is_found True, the spec has False" in done.err
