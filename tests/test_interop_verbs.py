"""What a layout may do to a tensor, there and back through files: patches in another order, rows put in, a part that is zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import Command
from safetensors.torch import load_file, save_file
from torch import Tensor

SPEC = """
vfmc: 1
name: little
inputs: {image: image, label: {use: label, classes: 5}}
views: {crop: {use: center_crop, of: image, size: 8}}
towers:
  trunk:
    from: crop
    pipe:
      - {use: patches, size: [4, 2], width: 8}
      - {use: prefix, cls: 1, registers: 2}
      - position
      - {use: blocks, depth: 2, heads: 2}
      - layernorm
      - cls
  net: {pipe: [trunk, {use: linear, out: 5}]}
losses: {names: {use: cross_entropy, logits: {use: net, of: crop}, labels: label}}
sources: {images: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""
MINE = """
layout: mine
doc: a trainer whose patches are (row, column, channel), whose registers have no position, whose keys have no bias
towers:
  vision: {reads: image, stages: [patches, prefix, position, blocks, norm: layernorm]}
weights:
  embed: vision.patches.weight | kernel_last vision.patches.kernel
  embed_bias: vision.patches.bias
  start: vision.prefix.cls
  extra: vision.prefix.registers
  places: vision.position.table | insert_rows 1 2
  "layer{N}.{q_bias,0,v_bias}": vision.blocks.{N}.attention.qkv.bias
  "layer{N}.qkv": vision.blocks.{N}.attention.qkv.weight
  "layer{N}.out.{w}": vision.blocks.{N}.attention.proj.{w}
  "layer{N}.{rest}": vision.blocks.{N}.{rest}
  "norm.{w}": vision.norm.{w}
"""


def theirs() -> dict[str, Tensor]:
    torch.manual_seed(1)
    shapes: dict[str, tuple[int, ...]] = {
        "embed": (8, 24), "embed_bias": (8,), "start": (1, 8), "extra": (2, 8), "places": (9, 8),
        "norm.weight": (8,), "norm.bias": (8,),
    }  # fmt: skip
    for layer in range(2):
        for name, shape in {
            "norm1": (8,),
            "out": (8, 8),
            "norm2": (8,),
            "mlp.fc1": (32, 8),
            "mlp.fc2": (8, 32),
        }.items():
            shapes |= {f"layer{layer}.{name}.weight": shape, f"layer{layer}.{name}.bias": shape[:1]}
        shapes |= {f"layer{layer}.qkv": (24, 8), f"layer{layer}.q_bias": (8,), f"layer{layer}.v_bias": (8,)}
    return {name: torch.randn(shape) for name, shape in shapes.items()}


@pytest.fixture
def spec(here: Path) -> Path:
    (here / "mine.yaml").write_text(MINE)
    (here / "spec.yaml").write_text(SPEC)
    return here / "spec.yaml"


def bring(vfmc: Command, given: dict[str, Tensor]) -> dict[str, Tensor]:
    save_file(given, "theirs.safetensors")
    done = vfmc(
        "import", "theirs.safetensors", "--from", "mine.yaml", "--spec", "spec.yaml", "--only", "vision"
    )
    assert done.code == 0, done.err
    return load_file("weights.safetensors")


def export(vfmc: Command, ours: dict[str, Tensor]) -> object:
    save_file(ours, "weights.safetensors")
    return vfmc("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "mine.yaml")


def test_what_went_in_comes_out(vfmc: Command, spec: Path) -> None:
    given = theirs()
    ours = bring(vfmc, given)
    kernel = given["embed"].numpy().reshape(8, 4, 2, 3)  # by rows, columns, channels
    for row, column, channel in np.ndindex(4, 2, 3):
        at = channel * 8 + row * 2 + column
        assert np.array_equal(ours["trunk.patches.weight"][:, at].numpy(), kernel[:, row, column, channel])
    places = ours["trunk.position.table"]
    assert places.shape == (11, 8) and not places[1:3].any()
    assert torch.equal(places[0], given["places"][0]) and torch.equal(places[3:], given["places"][1:])
    q, k, v = ours["trunk.blocks.1.attention.qkv.bias"].split(8)
    assert torch.equal(q, given["layer1.q_bias"]) and torch.equal(v, given["layer1.v_bias"]) and not k.any()
    done = export(vfmc, ours)
    assert done.code == 0, done.err
    back = load_file("exported/model.safetensors")
    assert set(back) == set(given)
    assert all(torch.equal(back[name], each) for name, each in given.items())


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("trunk.position.table", 2, "trunk.position.table [11, 8] cannot become places: its rows 1 to 2 are not zero"),
        ("trunk.blocks.0.attention.qkv.bias", 9, "trunk.blocks.0.attention.qkv.bias [24] cannot become layer0.q_bias + 0 + "
         "layer0.v_bias: the layout takes a part of it for zero"),
    ],
)  # fmt: skip
def test_what_was_learned_there_since_is_no_zero(
    vfmc: Command, spec: Path, name: str, row: int, why: str
) -> None:
    ours = bring(vfmc, theirs())
    ours[name][row] = 1e-3
    done = export(vfmc, ours)
    assert done.code == 2 and why in done.err, done.err
    assert not Path("exported").exists()


def test_shapes_that_no_verb_takes_are_told(vfmc: Command, spec: Path) -> None:
    given = theirs()
    given["embed"] = torch.zeros(8, 25)
    given["layer0.v_bias"] = torch.zeros(7)
    given["places"] = torch.zeros(0, 8)
    save_file(given, "theirs.safetensors")
    done = vfmc(
        "import", "theirs.safetensors", "--from", "mine.yaml", "--spec", "spec.yaml", "--only", "vision"
    )
    assert done.code == 2
    assert (
        "! embed [8, 25] cannot become trunk.patches.weight: it is no linear map of patches of [4, 2, 3]"
        in done.err
    )
    assert (
        "! layer0.q_bias + 0 + layer0.v_bias [8] cannot become" in done.err and "different shapes" in done.err
    )
    assert "! places [0, 8] cannot become trunk.position.table: it has no row 1" in done.err


def test_patches_of_several_frames_have_the_channel_last_too() -> None:
    from vfmc.runtime.interop.verbs import back, there

    x = torch.randn(5, 2 * 3 * 4 * 6)  # two channels, three frames, four rows, six columns
    verbs = [["kernel_last", 2, 3, 4, 6]]
    made = there(x, verbs)
    expected = torch.einsum("dtrwc->dctrw", x.view(5, 3, 4, 6, 2)).reshape(5, -1)
    assert torch.equal(made, expected) and torch.equal(back(made, verbs), x)


def test_a_tower_that_the_file_lacks_is_not_written_as_it_begins(vfmc: Command, here: Path) -> None:
    from vfmc import api

    whole = api.module("clip_tiny", seed=1).state_dict()
    image = {name: each for name, each in whole.items() if name.startswith("vision.")}
    save_file(image, here / "image.safetensors")
    common = ("export", "clip_tiny", "--weights", "image.safetensors")
    done = vfmc(*common, "--to", "torch_export")
    assert done.code == 2 and "holds nothing of the tower `text`" in done.err, done.err
    assert not (here / "exported").exists()
    assert vfmc(*common, "--to", "safetensors").code == 0
    assert set(load_file("exported/weights.safetensors")) == set(image)
    done = vfmc(*common, "--to", "torch_export", "--tower", "vision")
    assert done.code == 0, done.err
