"""Batches that are too small for what is made of them: told by the linter, and by a run before its first step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from checking import spec
from torch import nn

from vfmc.api import load
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.runtime import load_package, train
from vfmc.runtime.errors import RunError
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.preflight import check_batches
from vfmc.runtime.timeline import lay_out
from vfmc.source import Severity

# spec, overrides, the one error with where it shows, and what a run says (None: it runs)
CASES: dict[str, tuple[str, dict[str, Any], tuple[str, str] | None, str | None]] = {
    "two views of one image": (
        "simclr_tiny", {"train.batch": 1}, ("OBJ319", "1"), "the batch is 1, in 1 micro-batch",
    ),
    "two images": ("simclr_tiny", {"train.batch": 2}, None, None),
    "one pair": ("clip_tiny", {"train.batch": 1}, ("OBJ319", "1"), None),
    "two pairs, one at a time": ("clip_tiny", {"train.batch": 2, "train.accumulate": 2}, None, None),
    "norms that see one image at a time": (
        "simclr_tiny", {"train.batch": 4, "train.accumulate": 4}, ("NUM705", "4"),
        "the batch is 4, in 4 micro-batches",
    ),
    "norms that see two images at a time": (
        "simclr_tiny", {"train.batch": 4, "train.accumulate": 2}, None, None,
    ),
    "norms of maps see many places of one image": ("supervised_resnet_tiny", {"train.batch": 1}, None, None),
    "frozen norms take no statistics": (
        "simclr_tiny", {"train.batch": 4, "train.accumulate": 4, "head.frozen": True}, None, None,
    ),
    "more micro-batches than samples": (
        "clip_tiny", {"train.batch": 4, "train.accumulate": 8}, ("OPT517", "8"),
        "leaves 4 samples to each of 1 ranks, and 8 micro-batches need one each",
    ),
    "a source's own batch": ("imagebind_tiny", {"sources.sounds.batch": 1}, ("OBJ319", "1"), None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_linter_tells_it_once(case: str) -> None:
    name, overrides, wanted, _ = CASES[case]
    found = [each for each in lint(spec(name, overrides), Settings()) if each.severity is Severity.ERROR]
    assert [(each.code, each.span.text) for each in found] == ([] if wanted is None else [wanted])


@pytest.mark.parametrize(
    "case", [case for case in CASES if "map" not in case and "source" not in case and "frozen" not in case]
)
def test_a_run_says_it_before_its_first_step_or_runs(case: str, tmp_path: Path) -> None:
    name, overrides, _, said = CASES[case]
    package = load(name, overrides).build(tmp_path / "package")
    if said is None:
        assert train(package, tmp_path / "run", steps=1, device="cpu", workers=0, quiet=True).step == 1
        return
    with pytest.raises(RunError) as refused:
        train(package, tmp_path / "run", steps=1, device="cpu", workers=0, quiet=True)
    assert said in str(refused.value)


def test_what_ranks_share_is_checked_for_all_of_them(tmp_path: Path) -> None:
    package = load_package(load("simclr_tiny", {"train.batch": 6}).build(tmp_path / "package"))
    objective = package.build_objective(0, "cpu", phase="main").train()
    timeline = lay_out(package.recipe, 100, 4, {})

    def told(world: int, accumulate: int = 1, objective: nn.Module = objective) -> str:
        try:
            check_batches(timeline, objective, accumulate, Ranks(0, world, torch.device("cpu")))
        except RunError as error:
            return str(error)
        return ""

    assert told(3) == told(1, 3) == ""
    assert "a batch of 6 does not divide among 4 ranks" in told(4)
    assert "the batch is 6, shared by 6 ranks, in 1 micro-batch" in told(6)
    assert "the batch is 6, shared by 3 ranks, in 2 micro-batches" in told(3, 2)
    assert "3 samples to each of 2 ranks, and 4 micro-batches" in told(2, 4)
    assert told(6, 1, nn.Sequential(nn.LayerNorm(4), nn.BatchNorm2d(4))) == ""


DEVICES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "128 on 8": ({"train.batch": 128, "parallel.devices": 8}, []),
    "128 on 7": ({"train.batch": 128, "parallel.devices": 7}, ["does not divide among 7 devices"]),
    "more devices than samples": ({"train.batch": 4, "parallel.devices": 8}, ["does not divide among 8 devices"]),
    "pieces of no sample": (
        {"train.batch": 32, "train.accumulate": 8, "parallel.devices": 8}, ["leaves 4 to each of 8 devices"],
    ),
    "one device of any batch": ({"train.batch": 301, "parallel.devices": 1}, []),
    "300 on nobody knows what": ({"train.batch": 300}, ["does not divide among 8 devices"]),
    "300 on 3": ({"train.batch": 300, "parallel.devices": 3}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", DEVICES)
def test_devices_that_are_named_are_those_compared_with(case: str) -> None:
    overrides, wanted = DEVICES[case]
    profile = "default" if "parallel.devices" in overrides and wanted else "strict"
    found = [
        each
        for each in lint(spec("clip_tiny", overrides), Settings(profile=profile))
        if each.code[:3] == "DST"
    ]
    assert len(found) == len(wanted) and all(
        text in each.message for text, each in zip(wanted, found, strict=True)
    )
    if "parallel.devices" in overrides:
        batch, pieces = overrides["train.batch"], overrides.get("train.accumulate", 1)
        ranks = Ranks(0, overrides["parallel.devices"], torch.device("cpu"))
        try:
            ranks.slice_of(batch, pieces)
            stops = False
        except RunError:
            stops = True
        assert stops == bool(wanted), "the rule says what the runtime does"
