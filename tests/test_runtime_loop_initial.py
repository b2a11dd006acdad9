"""Weights to begin with: from files with and without the tower's name, from runs, with every key accounted
for.
"""

from __future__ import annotations

import pytest
import torch
from runtime_package import PACKAGES
from runtime_package.feed import ExampleFeed
from safetensors.torch import save_file

from vfmc.runtime import load_package, train
from vfmc.runtime.errors import RunError
from vfmc.runtime.initial import load

TINY = PACKAGES / "tiny"


@pytest.fixture()
def objective():
    return load_package(TINY).build_objective()


def tower(seed, prefix=""):
    weights = load_package(TINY).build_objective(seed=seed).vision.state_dict()
    return {prefix + name: tensor.contiguous() for name, tensor in weights.items()}


@pytest.mark.parametrize("prefix", ["", "vision."])
def test_a_tower_is_loaded_with_or_without_its_name(objective, tmp_path, prefix):
    save_file(tower(7, prefix), tmp_path / "w.safetensors")
    text = objective.text.out.weight.clone()
    report = load(objective, "vision", tmp_path / "w.safetensors")
    assert all(torch.equal(objective.vision.state_dict()[name], tensor) for name, tensor in tower(7).items())
    assert torch.equal(objective.text.out.weight, text)
    assert len(report.matched) == 5 and "5 weights from" in report.line()


def test_what_does_not_fit_is_named_key_by_key(objective, tmp_path):
    weights = tower(7)
    del weights["norm.bias"]
    weights["head.weight"] = torch.zeros(2)
    weights["out.weight"] = torch.zeros(8, 17)
    save_file(weights, tmp_path / "w.safetensors")
    with pytest.raises(RunError) as caught:
        load(objective, "vision", tmp_path / "w.safetensors")
    said = str(caught.value)
    assert (
        "+ vision.norm.bias: not in the file" in said and "- vision.head.weight: not in the objective" in said
    )
    assert "! vision.out.weight: [8, 17] in the file, [8, 16] in the objective" in said
    before = objective.vision.out.weight.clone()
    report = load(
        objective, "vision", tmp_path / "w.safetensors", skip=["norm.*", "head", "vision.out.weight"]
    )
    assert torch.equal(objective.vision.out.weight, before) and len(report.matched) == 2
    assert set(report.skipped) == {
        "vision.norm.weight",
        "vision.norm.bias",
        "vision.head.weight",
        "vision.out.weight",
    }


def test_a_tower_comes_from_an_earlier_run(objective, tmp_path):
    train(TINY, tmp_path / "run", feed=ExampleFeed, device="cpu", quiet=True, steps=2, seed=3)
    load(objective, "text", tmp_path / "run")
    trained = load_package(TINY).build_objective(seed=3)
    assert not torch.equal(objective.text.words.weight, trained.text.words.weight)
    assert torch.allclose(objective.text.words.weight, trained.text.words.weight, atol=0.05)


def test_a_recipe_s_inits_are_told(tmp_path, capsys):
    import json
    import shutil

    package = tmp_path / "package"
    shutil.copytree(TINY, package)
    save_file(tower(7), package / "vision.safetensors")
    recipe = json.loads((package / "recipe.json").read_text())
    recipe["inits"] = [{"tower": "vision", "path": "vision.safetensors", "skip": []}]
    (package / "recipe.json").write_text(json.dumps(recipe))
    train(package, tmp_path / "run", feed=ExampleFeed, device="cpu", steps=2)
    assert "vision: 5 weights from" in capsys.readouterr().out


def test_files_that_are_none_are_named(objective, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(RunError, match=r"broken.safetensors"):
        load(objective, "vision", tmp_path / "broken.safetensors")
    with pytest.raises(RunError, match="no tower 'audio'"):
        save_file(tower(7), tmp_path / "w.safetensors")
        load(objective, "audio", tmp_path / "w.safetensors")
