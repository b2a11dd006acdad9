"""Weights of an older checkpoint under the names that they have now."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from vfmc.runtime.errors import RunError
from vfmc.runtime.initial import current, load


def test_the_longest_beginning_that_was_renamed_counts() -> None:
    renamed = {"visual": "vision", "visual.head": "vision.linear"}
    assert current("visual.head.weight", renamed) == "vision.linear.weight"
    assert current("visual.blocks.0.norm1.weight", renamed) == "vision.blocks.0.norm1.weight"
    assert current("visualise.weight", renamed) == "visualise.weight"


def test_a_tower_begins_with_the_weights_of_an_older_checkpoint(tmp_path: Path) -> None:
    objective = nn.ModuleDict({"vision": nn.ModuleDict({"linear": nn.Linear(3, 2)})})
    old = {"vision.head.weight": torch.ones(2, 3), "vision.head.bias": torch.zeros(2)}
    save_file(old, tmp_path / "old.safetensors")
    with pytest.raises(RunError, match="does not fit"):
        load(objective, "vision", tmp_path / "old.safetensors")
    report = load(objective, "vision", tmp_path / "old.safetensors", renamed={"vision.head": "vision.linear"})
    assert len(report.matched) == 2
    assert torch.equal(objective["vision"]["linear"].weight, old["vision.head.weight"])
