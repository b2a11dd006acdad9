"""The Python interface: specs, live objectives, batches that fit them, trained models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import vfmc

torch = pytest.importorskip("torch")

TINY = sorted(path.stem for path in (ROOT / "specs").glob("*_tiny.yaml"))
BROKEN = "vfmc: 1\nname: broken\ntrian: {}\n"


def test_a_spec_is_loaded_by_path_or_name(here: Path) -> None:
    (here / "mine.yaml").write_text(
        (Path(vfmc.__file__).parent.parent / "specs" / "clip_tiny.yaml").read_text()
    )
    assert vfmc.load("mine.yaml").name == vfmc.load("clip_tiny").name == "clip_tiny"


def test_findings_are_a_list_in_the_order_of_the_text(here: Path) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    findings = vfmc.load(here / "broken.yaml").check()
    assert findings and [each.span.start for each in findings] == sorted(each.span.start for each in findings)
    assert vfmc.load("clip_tiny").check() == []


def test_an_error_shows_the_line(here: Path) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    with pytest.raises(vfmc.SpecError, match="trian") as caught:
        vfmc.load(here / "broken.yaml").build(here / "out")
    assert "broken.yaml:3:1" in str(caught.value) and "did you mean `train`?" in str(caught.value)
    assert caught.value.diagnostics[0].code == "REF100"
    assert not (here / "out").exists()


@pytest.mark.parametrize("name", ["clip_tny", "no/such/file.yaml"])
def test_a_spec_that_is_not_there(name: str) -> None:
    with pytest.raises(vfmc.SpecError, match="there is no spec"):
        vfmc.load(name)


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), object()])
def test_an_override_that_no_spec_can_hold(value: Any) -> None:
    with pytest.raises(vfmc.SpecError, match=r"train\.batch"):
        vfmc.load("clip_tiny", {"train.batch": value})


def test_overrides_are_python_values() -> None:
    lr = {"use": "per", "batch": 256, "value": 1e-3}
    spec = vfmc.load(
        "clip_tiny",
        {"train.optimizer.lr": lr, "train.batch": 512, "vision.vit.depth": 2, "towers.text.frozen": True},
    )
    work = spec.compile(until="plan")
    assert work.plan is not None
    assert work.plan.recipe["optimizer"]["lr"] == pytest.approx(2e-3)
    assert work.plan.parameters["frozen"] > 0


@pytest.mark.parametrize("name", TINY)
def test_an_objective_takes_the_batch_that_is_made_for_it(name: str) -> None:
    objective = vfmc.module(name)
    losses = objective(vfmc.example_batch(name, 4))
    assert losses["total"].ndim == 0 and torch.isfinite(losses["total"])
    losses["total"].backward()
    assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in objective.parameters())


def test_levels_agree_and_seeds_differ() -> None:
    batch = vfmc.example_batch("clip_tiny", 4, dtype=torch.float64)
    totals = [
        vfmc.module("clip_tiny", level, dtype=torch.float64)(batch)["total"].item() for level in (0, 1, 2)
    ]
    assert totals[0] == pytest.approx(totals[1], rel=1e-12) == pytest.approx(totals[2], rel=1e-9)
    assert vfmc.module("clip_tiny", seed=1, dtype=torch.float64)(batch)["total"].item() != totals[0]


def test_batches_are_functions_of_their_arguments() -> None:
    one, same, other = (vfmc.example_batch("flip_tiny", 3, seed=seed) for seed in (0, 0, 1))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["crop"], other["crop"])
    assert {tensor.shape[0] for tensor in one.values()} == {3}


def test_a_batch_of_a_later_phase() -> None:
    masked, whole = (vfmc.example_batch("flip_tiny", 2, phase=phase) for phase in ("pretrain", "unmasked"))
    assert masked["half.visible"].shape == (2, 8)
    assert "half.visible" not in whole or whole["half.visible"].shape == (2, 16)
    with pytest.raises(vfmc.SpecError, match="pretrain, unmasked"):
        vfmc.example_batch("flip_tiny", phase="third")
    losses = vfmc.module("flip_tiny", phase="unmasked")(whole)
    assert torch.isfinite(losses["total"])


def test_building_twice_gives_the_same_bytes(here: Path) -> None:
    one, two = vfmc.load("dino_tiny").build(here / "one"), vfmc.load("dino_tiny").build(here / "two")
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes(), path.name
