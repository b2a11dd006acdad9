"""Training that begins with another library's file: `init: {path: ..., from: open_clip}` at a tower."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from conftest import Command
from safetensors.torch import save_file
from test_interop_strict import vit

from vfmc import api
from vfmc.runtime import initial, load_package
from vfmc.runtime.errors import RunError

SPEC = """
vfmc: 1
name: tuned
inputs: {image: image}
views: {large: {use: dino_global, of: image, count: 2, size: 16}}
towers:
  trunk:
    with: {init: {path: vit.safetensors, from: LAYOUT}}
    pipe: [{use: vit, width: 32, depth: 2, heads: 4, patch: 4}, cls]
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
"""


def test_a_tower_begins_with_timms_file_and_its_teacher_follows(here: Path) -> None:
    weights = vit()
    save_file(weights, here / "vit.safetensors")
    (here / "spec.yaml").write_text(SPEC.replace("LAYOUT", "timm"))
    package = load_package(api.load("spec.yaml").build(here / "package"))
    objective = package.build_objective(0)
    lines = initial.load_all(objective, package.recipe["inits"], here)
    assert lines[0].startswith("trunk: 30 tensors of timm_vit -> 30 weights from ")
    state = objective.state_dict()
    for tower in ("trunk", "teacher.trunk"):
        assert torch.equal(state[f"{tower}.position.table"], weights["pos_embed"][0])
        assert torch.equal(state[f"{tower}.patches.weight"], weights["patch_embed.proj.weight"].flatten(1))
        assert torch.equal(state[f"{tower}.blocks.1.mlp.fc2.weight"], weights["blocks.1.mlp.fc2.weight"])

    (here / "config.json").write_text(json.dumps({"model_args": {"num_heads": 2}}))
    with pytest.raises(RunError, match=r"model_args\.num_heads is 2, and the spec has 4"):
        initial.load_all(objective, package.recipe["inits"], here)


def test_layouts_that_do_not_fit_are_findings_where_they_are_named(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(SPEC.replace("LAYOUT", "open_clip"))
    done = vfmc("lint", "spec.yaml")
    assert done.code == 1
    said = done.out + done.err
    assert "REF123" in said and "the tower `trunk` has no stage `layernorm` to be vision.pre_norm" in said
    assert "spec.yaml:8:" in said  # the line of `with`
    (here / "spec.yaml").write_text(SPEC.replace("LAYOUT", "timn"))
    done = vfmc("lint", "spec.yaml")
    assert "did you mean `timm`?" in done.out + done.err
