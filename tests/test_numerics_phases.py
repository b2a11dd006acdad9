"""A phase on larger pictures: the same weights, and a table of positions that is resampled to the phase's grid."""

from __future__ import annotations

import pytest
import torch
from checking import only
from compiled import assert_levels_agree, batch, distance, objective, package
from torch.nn import functional as F

SPEC = """
vfmc: 1
name: grows
inputs:
  image: image
  caption: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 64}}
views:
  crop: {use: random_square_crop, of: image, size: 16}
towers:
  vision:
    from: crop
    pipe:
      - {use: vit, width: 24, depth: 1, heads: 3, patch: 4}
      - cls
      - {use: linear, out: 8, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: text_transformer, width: 24, depth: 1, heads: 3, causal: true}
      - eot
      - {use: linear, out: 8, bias: false}
      - l2norm
losses:
  clip: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.0}}
sources: {pairs: digits}
train:
  batch: 4
  optimizer: {use: adamw, lr: 1.0e-3}
  phases:
    - {name: main, for: 2 epochs}
    - {name: large, for: 1 epochs, set: {crop.size: 24}}
"""
NATIVE = SPEC.replace("size: 16", "size: 24").replace(", set: {crop.size: 24}", "")


def test_the_phase_computes_what_a_model_of_its_size_with_the_resampled_table_computes() -> None:
    made, native = objective(SPEC, phase=1), objective(NATIVE)
    state = made.state_dict()
    table = state["vision.position.table"]
    assert table.shape == (17, 24), "the weights are those of the first phase"
    grid = F.interpolate(table[1:].T.reshape(1, 24, 4, 4), size=(6, 6), mode="bicubic", align_corners=False)
    native.load_state_dict(state | {"vision.position.table": torch.cat([table[:1], grid[0].flatten(1).T])})
    data = batch(SPEC, 3, phase=1)
    assert data["crop"].shape == (3, 3, 24, 24) and batch(SPEC, 3)["crop"].shape == (3, 3, 16, 16)
    assert distance(made.embed(data)["clip.a"], native.embed(data)["clip.a"]) < 1e-13


@pytest.mark.parametrize("phase", [0, 1])
def test_both_phases_are_equal_at_every_level(phase: int) -> None:
    assert_levels_agree(SPEC, phase)


def test_both_phases_have_one_class_and_the_weights_that_are_planned() -> None:
    loaded = package(SPEC)
    assert [phase["objective"] for phase in loaded.recipe["phases"]] == ["Objective", "Objective"]
    shapes = {name: list(tensor.shape) for name, tensor in loaded.build_objective(0).state_dict().items()}
    assert shapes == loaded.recipe["weights"]


def test_a_table_that_cannot_be_resampled_is_refused() -> None:
    """Rows and columns would have to be told apart."""
    assert only(SPEC.replace("patch: 4", "patch: 4, position: sincos")).code == "SHP215"
    assert only(SPEC.replace("{crop.size: 24}", "{caption.length: 12}")).code == "SHP213"
