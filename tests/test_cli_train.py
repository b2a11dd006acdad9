"""`vfmc train` and `vfmc eval`: a few steps of a tiny model, resumed, measured, opened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command

torch = pytest.importorskip("torch")

SMALL = (
    "-s",
    "vision.vit.depth=1",
    "-s",
    "text.text_transformer.depth=1",
    "-s",
    "train.batch=32",
    "--quiet",
    "--workers",
    "0",
    "--device",
    "cpu",
)


def test_a_dry_run_writes_nothing(vfmc: Command, here: Path) -> None:
    found = vfmc("train", "clip_tiny", "--dry-run", *SMALL)
    assert found.code == 0, found.err
    assert not list(here.iterdir())


def test_what_lint_calls_an_error_ends_before_the_first_step(vfmc: Command, here: Path) -> None:
    leak = ("coca_tiny", "-s", "towers.words.pipe.0.causal=false", "--quiet", "--device", "cpu")
    found = vfmc("train", *leak, "--out", "run")
    assert found.code == 1
    assert "error[OBJ318]" in found.err
    assert not list(here.iterdir())


def test_a_rule_that_is_off_ends_nothing_and_settings_are_checked(vfmc: Command, here: Path) -> None:
    leak = ("coca_tiny", "-s", "towers.words.pipe.0.causal=false", "-s", "train.batch=4", "--quiet")
    spec = vfmc("specs", "show", "coca_tiny").out
    (here / "own.yaml").write_text(spec, encoding="utf-8")
    (here / "vfmc.toml").write_text('ignore = ["OBJ318"]\n', encoding="utf-8")
    assert vfmc("train", "own.yaml", *leak[1:], "--dry-run", "--device", "cpu").code == 0
    (here / "vfmc.toml").write_text('ignore = ["OBJ3189"]\n', encoding="utf-8")
    wrong = vfmc("train", "own.yaml", *leak[1:], "--dry-run", "--device", "cpu")
    assert (wrong.code, "OBJ318" in wrong.err) == (2, True), wrong.err


def test_train_eval_open(vfmc: Command, here: Path) -> None:
    assert vfmc("train", "clip_tiny", "--steps", "3", "--out", "run", *SMALL).code == 0
    run = here / "run"
    assert {"package", "log.jsonl", "checkpoints", "last", "command.json"} <= {
        path.name for path in run.iterdir()
    }
    assert len((run / "log.jsonl").read_text().splitlines()) == 3

    again = vfmc("train", "clip_tiny", "--steps", "3", "--out", "run", *SMALL)
    assert again.code == 2 and "--resume auto" in again.err

    found = vfmc("eval", "run", "--only", "zero_shot", "--json", "--device", "cpu")
    assert found.code == 0, found.err
    result = json.loads(found.out)["zero_shot"]
    assert result["samples"] == 360 and 0 <= result["top1"] <= 1
    assert "zero_shot: top1" in vfmc("eval", "run", "--only", "zero_shot", "--device", "cpu").out
    assert vfmc("eval", "run", "--only", "zero_shoot").code == 2

    import vfmc as package

    trained = package.open(run, device="cpu")
    assert trained.encode_text(["a handwritten four"]).shape == (1, 32)


def test_a_resumed_run_is_the_run(vfmc: Command, here: Path) -> None:
    """Six steps at once, and three that are stopped and go on."""
    from safetensors.torch import load_file

    from vfmc.runtime.loop import train

    vfmc("build", "clip_tiny", "-o", "package", *SMALL[:6])
    assert vfmc("train", "package", "--steps", "6", "--out", "whole", *SMALL[6:]).code == 0
    train("package", "halves", steps=6, stop_after=3, quiet=True, workers=0, device="cpu")
    assert (
        vfmc("train", "package", "--steps", "6", "--out", "halves", "--resume", "auto", *SMALL[6:]).code == 0
    )
    whole, halves = (
        load_file(
            here / name / "checkpoints" / (here / name / "last").read_text().strip() / "weights.safetensors"
        )
        for name in ("whole", "halves")
    )
    assert all(torch.equal(whole[key], halves[key]) for key in whole)


def test_a_table_of_ones_own(vfmc: Command, here: Path) -> None:
    from PIL import Image

    rows = ["picture,words"]
    for number in range(8):
        Image.new("RGB", (20, 20), (number * 30, 0, 0)).save(here / f"{number}.png")
        rows.append(f"{number}.png,shade number {number}")
    (here / "pairs.csv").write_text("\n".join(rows) + "\n")
    more = ("--steps", "2", *SMALL[:4], "-s", "train.batch=4", *SMALL[6:])
    missing = vfmc("train", "clip_tiny", "--data", "pairs.csv", "--out", "run0", *more)
    assert missing.code == 2 and "picture" in missing.err
    found = vfmc(
        "train",
        "clip_tiny",
        "--data",
        "pairs.csv",
        "--columns",
        "image=picture,caption=words",
        "--out",
        "run",
        *more,
    )
    assert found.code == 0, found.err
    assert (here / "run" / "last").is_file()


def test_a_papers_data_that_is_not_here_gets_a_sentence(vfmc: Command, here: Path) -> None:
    found = vfmc(
        "train",
        "clip_tiny",
        "-s",
        "sources.pairs={use: webdataset, urls: 'none-{0..9}.tar', samples: 10}",
        "--steps",
        "1",
        "--out",
        "run",
        "--quiet",
    )
    assert found.code == 2
    assert "--data" in found.err


def test_settings_of_a_built_package_are_not_overridden(vfmc: Command, here: Path) -> None:
    vfmc("build", "clip_tiny", "-o", "package")
    assert vfmc("train", "package", "-s", "train.batch=4").code == 2
