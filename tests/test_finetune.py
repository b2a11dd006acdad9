"""Fine-tuning: a trained encoder under a new head, with few labels and rates that fall with the depth of the layer."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import torch
from compiled import package
from safetensors.torch import load_file

from vfmc.api import Spec, nodes, read_override
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.runtime import train
from vfmc.runtime.evaluate import evaluate, held_out
from vfmc.runtime.trained import open_run
from vfmc.source import Source

EXAMPLE = Path(__file__).parent.parent / "examples" / "finetune"
SPEC = (EXAMPLE / "finetune.yaml").read_text(encoding="utf-8")
SCRATCH = {"trunk.init": None}


def go(text: str, run: Path, overrides: dict[str, Any] | None = None, **arguments: Any) -> None:
    train(package(text, overrides=overrides).folder, run, device="cpu", quiet=True, workers=0, **arguments)


def tuned(text: str, before: Path) -> str:
    return text.replace("runs/dino_tiny", str(before))


def written() -> list[str]:
    """The ways of training that the example's page measures, each with its `-s`."""
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^ +\$run (.+?)(?:  +#.*)?$", text, re.MULTILINE)
    assert len(lines) == 4
    return lines


@pytest.mark.parametrize("line", written())
def test_the_commands_of_the_page_have_no_finding(line: str) -> None:
    words = shlex.split(line)
    sets = [words[i + 1] for i, word in enumerate(words) if word == "-s"]
    source = Source("finetune.yaml", SPEC)
    made = Spec(source, EXAMPLE, [_override(one) for one in sets])
    assert [each.message for each in lint(made, Settings())] == []


def _override(given: str) -> tuple[str, Any]:
    address, _, value = given.partition("=")
    return address, read_override(address, value, "<-s>")


def test_a_group_that_moves_in_a_later_phase_is_no_frozen_one() -> None:
    """Probe, then tune: the head learns first, and the trunk by rates of its own afterwards."""
    frozen = {"trunk.frozen": True}
    stages = [{"name": "probe", "for": "1 epoch", "set": frozen}, {"name": "tune", "for": "1 epoch"}]
    for last, wanted in (({}, []), ({"set": frozen}, ["OPT516"])):
        phases = [stages[0], stages[1] | last]
        made = Spec(Source("finetune.yaml", SPEC), EXAMPLE, nodes({"train.phases": phases}))
        assert [each.code for each in lint(made, Settings())] == wanted


def test_rates_fall_with_the_distance_from_the_head() -> None:
    groups = package(SPEC).recipe["groups"]
    rate = {name: group["lr"] for group in groups for name in group["weights"]}
    assert rate["classifier.linear.weight"] == 1.0
    for layer, name in enumerate(
        ["trunk.patches.weight", *(f"trunk.blocks.{i}.attention.qkv.weight" for i in range(2))]
    ):
        assert rate[name] == pytest.approx(0.75 ** (3 - layer))  # MAE, util/lr_decay.py: depth + 1 - layer


def test_it_begins_with_the_teacher_of_the_earlier_run_and_reads_few_labels(tmp_path: Path) -> None:
    go("dino_tiny", tmp_path / "dino", steps=1)
    go(tuned(SPEC, tmp_path / "dino"), tmp_path / "tuned", steps=1)
    before = load_file(tmp_path / "dino" / "checkpoints" / "step-00000001" / "weights.safetensors")
    after = load_file(tmp_path / "tuned" / "checkpoints" / "step-00000001" / "weights.safetensors")
    for name in (name for name in after if name.startswith("trunk.")):
        torch.testing.assert_close(
            after[name], before[f"teacher.{name}"], rtol=0, atol=2e-3
        )  # one step at a small rate
    assert {name.partition(".")[0] for name in after} == {"trunk", "classifier"}
    asked = {"image": {"tower": "classifier", "view": "crop"}, "data": "images"}
    model = open_run(tmp_path / "tuned", "cpu")
    parts = {
        split: held_out.open_data(model, asked, ("image", "label"), split, both=True)
        for split in ("train", "test")
    }
    assert len(parts["train"]) == 100 and not parts["train"].held_out
    assert (
        len(parts["test"]) == 360 and parts["test"].held_out
    )  # few labels to learn from, all to be measured on
    read = {label for batch in parts["train"].read(("label",)) for label in batch["label"]}
    assert read == set(range(10))


@pytest.mark.slow
def test_an_encoder_that_has_seen_pictures_without_labels_needs_fewer(tmp_path: Path) -> None:
    go("dino_tiny", tmp_path / "dino", seed=0)
    text = tuned(SPEC, tmp_path / "dino")
    top1 = {}
    for name, more in {"tuned": {}, "scratch": SCRATCH, "linear": {"trunk.frozen": True}}.items():
        go(text, tmp_path / name, more, seed=0)
        top1[name] = evaluate(tmp_path / name, device="cpu", pictures=False)["classify"]["top1"]
    assert top1["tuned"] > top1["scratch"] + 0.02
    assert top1["tuned"] > top1["linear"]
