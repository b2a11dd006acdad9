"""Fine-tuning: a trained encoder under a new head, with rates that fall with the depth of the layer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from compiled import package
from safetensors.torch import load_file

from vfmc.runtime import train

SPEC = (Path(__file__).parent.parent / "examples" / "finetune" / "finetune.yaml").read_text(encoding="utf-8")
SCRATCH = re.sub(r"    with: \{init.*\n", "", SPEC)


def go(text: str, run: Path, **arguments: Any) -> None:
    train(package(text).folder, run, device="cpu", quiet=True, workers=0, **arguments)


def test_rates_fall_with_the_distance_from_the_head() -> None:
    groups = package(SCRATCH).recipe["groups"]
    rate = {name: group["lr"] for group in groups for name in group["weights"]}
    assert rate["classifier.linear.weight"] == 1.0
    for layer, name in enumerate(
        ["encoder.patches.weight", *(f"encoder.blocks.{i}.attention.qkv.weight" for i in range(4))]
    ):
        assert rate[name] == pytest.approx(0.75 ** (5 - layer))  # MAE, util/lr_decay.py: depth + 1 - layer


def test_it_begins_with_the_encoder_of_the_earlier_run(tmp_path: Path) -> None:
    go("mae_tiny", tmp_path / "mae", steps=1)
    go(SPEC.replace("runs/mae_tiny", str(tmp_path / "mae")), tmp_path / "tuned", steps=1)
    before = load_file(tmp_path / "mae" / "checkpoints" / "step-00000001" / "weights.safetensors")
    after = load_file(tmp_path / "tuned" / "checkpoints" / "step-00000001" / "weights.safetensors")
    for name in (name for name in after if name.startswith("encoder.")):
        torch.testing.assert_close(after[name], before[name], rtol=0, atol=2e-3)  # one step at a small rate
    assert not any(name.startswith("decoder.") for name in after)
