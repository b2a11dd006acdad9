"""Phases that change what learns, and parts that read sources of their own: trained from generated packages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from bind import PHASES, TOGETHER
from compiled import package
from runtime_package.feed import ExampleFeed
from runtime_package.ranks import two_ranks
from safetensors.torch import load_file
from torch import Tensor

from vfmc.runtime import checkpoint
from vfmc.runtime.loop import train

BOUND = ("depth.", "imu.")


def trained(run: Path, text: str = PHASES, stops: tuple[int, ...] = (), **more: Any) -> Path:
    """A run in double precision, interrupted and taken up again after each of `stops`."""
    for stop in (*stops, None):
        train(
            package(text).folder, run, stop_after=stop, resume="auto" if stops else "never", device="cpu",
            precision="float64", workers=0, quiet=True, **more,
        )  # fmt: skip
    return run


def weights(run: Path, step: int) -> dict[str, Tensor]:
    return load_file(run / f"checkpoints/step-{step:08}/weights.safetensors")


def slots(run: Path, step: int) -> dict[str, dict[str, Any]]:
    return checkpoint.open_checkpoint(run / f"checkpoints/step-{step:08}").optimizer_state()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both phases without a stop but for the checkpoint at the seam."""
    run = tmp_path_factory.mktemp("phases") / "whole"
    return trained(run, stops=(3,))


@pytest.mark.parametrize("stops", [(), (2, 4), (1, 3, 5)], ids=str)
def test_a_run_through_both_phases_is_the_same_wherever_it_is_taken_up(
    tmp_path: Path, whole: Path, stops: tuple[int, ...]
) -> None:
    found, expected = weights(trained(tmp_path / "run", stops=stops), 6), weights(whole, 6)
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    kept, wanted = slots(tmp_path / "run", 6), slots(whole, 6)
    assert set(kept) == set(wanted)
    for name, state in wanted.items():
        assert all(torch.equal(torch.as_tensor(kept[name][k]), torch.as_tensor(v)) for k, v in state.items())


def test_what_is_frozen_stays_and_what_is_not_yet_bound_does_too(whole: Path) -> None:
    start = package(PHASES).build_objective(0, dtype=torch.float64).state_dict()
    seam, end = weights(whole, 3), weights(whole, 6)
    for name in start:
        first, second = not torch.equal(seam[name], start[name]), not torch.equal(end[name], seam[name])
        assert (first, second) == (not name.startswith(BOUND), name.startswith(BOUND)), name
    aligned, bound = slots(whole, 3), slots(whole, 6)
    assert {name for name in start if not name.startswith(BOUND)} == set(aligned), (
        "no state of what does not learn"
    )
    assert {name for name in start if name.startswith(BOUND)} == set(bound), "and none of what does no longer"


def test_a_frozen_hub_runs_as_in_evaluation_and_is_no_part_of_the_graph() -> None:
    loaded = package(PHASES)
    first = loaded.build_objective(0, phase="align").train()
    second: Any = loaded.build_objective(0, phase="bind").train()
    assert list(first.state_dict()) == list(second.state_dict())
    still = ("vision.", "text.", "align.")
    assert {n for n, w in second.named_parameters() if not w.requires_grad} == {
        n for n in second.state_dict() if n.startswith(still)
    }
    assert {n for n, w in first.named_parameters() if not w.requires_grad} == {
        n for n in first.state_dict() if n.startswith(BOUND)
    }
    assert (second.vision.training, second.text.training, second.imu.training) == (False, False, True)
    assert not second.eval().imu.training and second.train().imu.training and not second.vision.training
    from vfmc.runtime.data.example import example_batch

    batch = example_batch(loaded.data.PHASES["bind"], 4, data_module=loaded.data)
    found = second.embed(batch)
    assert torch.equal(found["bind_imu.a"], second.tower("vision", batch["still"])), (
        "nothing is dropped in it"
    )
    assert not found["bind_imu.a"].requires_grad and found["bind_imu.b"].requires_grad
    assert not torch.equal(found["bind_imu.b"], second.eval().embed(batch)["bind_imu.b"])


def test_each_phase_reads_what_its_losses_need_and_counts_epochs_by_it() -> None:
    from vfmc.runtime.data_feed import open_feed
    from vfmc.runtime.options import Options
    from vfmc.runtime.parallel import Ranks
    from vfmc.runtime.timeline import lay_out

    text = PHASES.replace("for: 3 steps", "for: 1 epoch")
    loaded = package(text)
    assert set(loaded.data.PHASES["align"]["batch"]) == {"crop", "caption", "key"}
    assert set(loaded.data.PHASES["bind"]["batch"]) == {"crop", "map", "still", "window", "key"}
    ranks = Ranks(0, 1, torch.device("cpu"))
    feed = open_feed(Options(loaded.folder, None, 0, workers=0), loaded, ranks)
    timeline = lay_out(loaded.recipe, feed.samples_per_epoch, None, feed.epochs)
    align, bind = timeline.phases
    assert (align.start, align.stop, bind.stop) == (0, 10, 20), "60 samples by 6, then 40 by 4"
    first = next(feed.batches(align, 0, 1))
    second = next(feed.batches(bind, 10, 11))
    assert {part: {name: len(x) for name, x in batch.items()} for part, batch in first.items()} == {
        "pairs": {"crop": 6, "caption": 6, "key": 6}
    }
    assert {part: {name: len(x) for name, x in batch.items()} for part, batch in second.items()} == {
        "rooms": {"crop": 4, "map": 4, "key": 4}, "moves": {"still": 8, "window": 8, "key": 8},
    }  # fmt: skip


def test_parts_add_their_gradients_up_and_leave_none_out() -> None:
    """Three sources with batches of their own; towers that several parts share; the sum of losses is no mean."""
    from vfmc.runtime.data.example import example_batch
    from vfmc.runtime.gradients import Part, accumulate
    from vfmc.runtime.parallel import Ranks
    from vfmc.runtime.precision import choose_precision

    loaded = package(TOGETHER)
    recipe = loaded.recipe
    assert {name: part["trains"] for name, part in recipe["parts"].items()} == {
        "pairs": ["vision", "text", "align"], "rooms": ["vision", "depth"], "moves": ["vision", "imu"],
    }  # fmt: skip
    made: Any = loaded.build_objective(0, dtype=torch.float64).train()
    entry = loaded.data.PHASES["main"]
    sizes = {"pairs": 6, "rooms": 4, "moves": 8}
    batches = {
        part: example_batch(entry, size, seed, dtype=torch.float64, data_module=loaded.data)
        for seed, (part, size) in enumerate(sizes.items())
    }
    expected: dict[str, Tensor] = {}
    for part, (loss, weight) in {
        "pairs": ("align", 1.0),
        "rooms": ("bind_depth", 1.0),
        "moves": ("bind_imu", 0.5),
    }.items():
        made.zero_grad()
        operands = made.embed(batches[part], part)
        scale = made.align.scale() if loss == "align" else 5.0
        logits = scale * operands[f"{loss}.a"] @ operands[f"{loss}.b"].T
        rows = torch.arange(sizes[part])
        cross = torch.nn.functional.cross_entropy
        (weight * (cross(logits, rows) + cross(logits.T, rows)) / 2).backward()
        for name, parameter in made.named_parameters():
            if parameter.grad is not None:
                expected[name] = expected.get(name, torch.zeros_like(parameter)) + parameter.grad
    made.zero_grad()
    ranks, precision = Ranks(0, 1, torch.device("cpu")), choose_precision("float64", torch.device("cpu"))
    for pieces in (1, 2):
        made.zero_grad()
        for part in Part.all_of(recipe, loaded.dims("main")):
            accumulate(made, part, batches[part.name], pieces, precision, ranks)
        found = {name: parameter.grad for name, parameter in made.named_parameters()}
        assert set(found) == set(expected), "every weight learns from some part"
        for name, gradient in found.items():
            assert gradient is not None
            assert (gradient - expected[name]).abs().max() < 1e-12 * max(
                1.0, float(expected[name].abs().max())
            ), name


@pytest.mark.parametrize(
    "phases", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["phases", "together"]
)
def test_two_ranks_come_to_the_weights_of_one_process(tmp_path: Path, phases: bool) -> None:
    """Also in micro-batches. By plain descent: Adam would divide the rounding of a gradient that is truly 0 by its size."""
    text = (PHASES if phases else TOGETHER).replace(
        "{use: adamw, lr: 1.0e-2}", "{use: sgd, lr: 0.05, momentum: 0.9}"
    )
    folder = tmp_path / "package"
    shutil.copytree(package(text).folder, folder)
    same: dict[str, Any] = {"precision": "float64", "steps": 4}
    two_ranks(folder, tmp_path / "two", accumulate=2, **same)
    train(folder, tmp_path / "one", feed=ExampleFeed, device="cpu", quiet=True, **same)
    two, one = weights(tmp_path / "two", 4), weights(tmp_path / "one", 4)
    assert list(two) == list(one)
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-12, atol=1e-12)
