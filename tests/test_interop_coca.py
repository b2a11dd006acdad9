"""CoCa goes from open_clip under our names and back, and computes the same in between."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from compiled import disturbed
from conftest import Command
from safetensors.torch import load_file, save_file
from test_numerics_coca import open_clip, spec

from vfmc import api
from vfmc.runtime.interop import opened


def test_coca_comes_from_open_clip_and_goes_back(vfmc: Command, here: Path) -> None:
    torch.manual_seed(3)
    theirs = disturbed(open_clip().eval())
    given = {name: each.detach().clone().contiguous() for name, each in theirs.named_parameters()}
    save_file(given, here / "coca.safetensors")
    (here / "spec.yaml").write_text(spec())
    done = vfmc("import", "coca.safetensors", "--from", "open_clip", "--spec", "spec.yaml")
    assert done.code == 0, done.err
    objective = opened.of_file(api.load("spec.yaml").build(here / "package"), here / "weights.safetensors")
    image = torch.rand(2, 3, 16, 16)
    ids = torch.tensor([[1, 7, 9, 2, 0, 0, 0, 0, 0, 0, 0], [1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 2]])
    with torch.no_grad():
        found = theirs(image, ids)
        assert (objective.tower("vision", image) - found["image_features"]).abs().max() < 1e-6
        assert (objective.tower("text", ids) - found["text_features"]).abs().max() < 1e-6
    done = vfmc("export", "spec.yaml", "--weights", "weights.safetensors", "--to", "open_clip", "--allow")
    assert done.code == 0, done.err
    back = load_file(here / "exported" / "open_clip_model.safetensors")
    assert set(back) == set(given)
    assert all(torch.equal(back[name], each) for name, each in given.items())
    config = json.loads((here / "exported" / "open_clip_config.json").read_text())["model_cfg"]
    assert config["vision_cfg"]["attn_pooler_heads"] == 5 and config["multimodal_cfg"]["layers"] == 2
