"""Batch norms in training: over ranks, in micro-batches, in frozen towers, in copies, and across a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from compiled import batch, compilation, distance, objective, outcome, package
from runtime_package.feed import ExampleFeed
from runtime_package.ranks import two_ranks
from safetensors.torch import load_file
from torch import Tensor, nn

from vfmc.runtime import gradients, initial, preflight
from vfmc.runtime.gradients import Part
from vfmc.runtime.loop import train
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import choose_precision

SPEC = """
vfmc: 1
name: norms
inputs: {{image: image}}
views:
  one: {{use: simclr, of: image, size: 8, count: null}}
  other: {{use: simclr, of: image, size: 8, count: null}}
  two: {{use: simclr, of: image, size: 8}}
towers:
  trunk:
    with: {{frozen: {frozen}}}
    pipe:
      - {{use: resnet, depth: 18, width: 4, stem: small, norm: {norm}}}
      - {{use: batchnorm, norm: {norm}}}
      - mean
  student:
    pipe:
      - trunk
      - {{use: mlp, hidden: [8], out: 6, norm: {norm}, last_norm: scale_only}}
      - l2norm
  teacher: {{pipe: [{{use: ema, of: student, momentum: 0.9, buffers: {buffers}}}]}}
losses:
  simclr: {{use: nt_xent, of: {of}, temperature: 0.5}}
sources: {{images: digits}}
train: {{batch: 8, optimizer: {{use: sgd, lr: 0.05, momentum: 0.9}}, for: 8 steps, checkpoint: 3 steps}}
"""
BOTH = "[{use: student, of: one}, {use: teacher, of: other}]"
LIST = "{use: student, of: two}"


def spec(norm: str = "batch", frozen: str = "false", buffers: str = "own", of: str = BOTH) -> str:
    text = SPEC.format(norm=norm, frozen=frozen, buffers=buffers, of=of)
    if of == BOTH:
        return text.replace("  two: {use: simclr, of: image, size: 8}\n", "")
    return text.replace(
        "".join(f"  {name}: {{use: simclr, of: image, size: 8, count: null}}\n" for name in ("one", "other")),
        "",
    ).replace(f"  teacher: {{pipe: [{{use: ema, of: student, momentum: 0.9, buffers: {buffers}}}]}}\n", "")


def reached(run: Path, step: int) -> dict[str, Tensor]:
    return load_file(run / "checkpoints" / f"step-{step:08d}" / "weights.safetensors")


def go(text: str, run: Path, **arguments: Any) -> Any:
    return train(package(text).folder, run, feed=ExampleFeed, device="cpu", quiet=True, **arguments)


def test_two_ranks_have_the_statistics_and_gradients_of_one_process(tmp_path: Path) -> None:
    """Of maps and vectors, in a tower that learns and in a copy; after four steps of descent all weights are equal."""
    text = spec("sync_batch")
    two_ranks(package(text).folder, tmp_path / "two", precision="float64", steps=4)
    go(text, tmp_path / "one", precision="float64", steps=4)
    two, one = reached(tmp_path / "two", 4), reached(tmp_path / "one", 4)
    for name, expected in one.items():
        torch.testing.assert_close(two[name], expected, rtol=1e-9, atol=1e-11, msg=name)
    assert one["trunk.resnet.bn1.num_batches_tracked"] == 4
    assert one["teacher.trunk.resnet.bn1.num_batches_tracked"] == 4


@pytest.mark.slow
def test_statistics_of_one_rank_are_not_those_of_two(tmp_path: Path) -> None:
    """So that the test above can fail; and a run says that each rank goes by its own samples."""
    said = two_ranks(package(spec()).folder, tmp_path / "two", precision="float64", steps=1)
    go(spec(), tmp_path / "one", precision="float64", steps=1)
    name = "trunk.resnet.conv1.weight"
    assert distance(reached(tmp_path / "two", 1)[name], reached(tmp_path / "one", 1)[name]) > 1e-6
    assert "batch norms see the samples of one rank" in said[0][0] + said[0][1]


def test_a_resumed_run_has_the_running_statistics_of_one_that_was_never_stopped(tmp_path: Path) -> None:
    go(spec(), tmp_path / "whole")
    go(spec(), tmp_path / "parts", stop_after=3)
    go(spec(), tmp_path / "parts", resume="auto")
    whole, parts = reached(tmp_path / "whole", 8), reached(tmp_path / "parts", 8)
    assert list(whole) == list(parts)
    for name, tensor in whole.items():
        assert torch.equal(tensor, parts[name]), name
    assert whole["student.mlp.1.num_batches_tracked"] == 8


@pytest.mark.parametrize("of", [BOTH, LIST], ids=["copy", "list"])
def test_micro_batches_count_once_and_give_the_gradients_of_their_statistics(of: str) -> None:
    """The pass that is repeated leaves no trace; its gradients are those of one pass over micro-batches that keeps its graph."""
    text, pieces = spec(of=of), 2
    loaded = package(text)
    dims = loaded.dims("main")
    data = batch(text, 8)
    precision = choose_precision("float64", torch.device("cpu"))
    made, dense = objective(text), objective(text)
    part = Part.all_of(loaded.recipe, dims)[0]
    losses = gradients.accumulate(made, part, data, pieces, precision, Ranks(0, 1, torch.device("cpu")))
    parts = [dense.embed(piece) for piece in gradients.split(data, dims, pieces)]
    joined = {key: torch.cat([own[key] for own in parts], 1 if key.endswith(":V") else 0) for key in parts[0]}
    total = dense.combine(joined)["total"]
    total.backward()
    assert losses["total"].item() == pytest.approx(total.item(), rel=1e-12)
    for name, weight in dense.named_parameters():
        if weight.grad is not None:
            assert distance(made.get_parameter(name).grad, weight.grad) < 1e-10, name
    for name, tensor in dense.state_dict().items():
        assert distance(made.state_dict()[name].double(), tensor.double()) < 1e-12, name
    assert made.trunk.batchnorm.num_batches_tracked == (pieces if of == BOTH else 2 * pieces)


@pytest.mark.parametrize("level", [0, 1])
def test_a_frozen_tower_is_as_in_evaluation_while_others_learn(level: int) -> None:
    text = spec(frozen="true")
    made = objective(text, level)
    before = {name: tensor.clone() for name, tensor in made.trunk.state_dict().items()}
    data = batch(text, 6)
    assert made.training and made.student.training and not made.trunk.training
    made(data)["total"].backward()
    made.after_step(1)
    for name, tensor in made.trunk.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert made.student.mlp[1].num_batches_tracked == 1
    assert all(weight.grad is None for weight in made.trunk.parameters())
    pixels = data["one"]
    expected = made.student.mlp[0](made.trunk.eval()(pixels))
    alone = made.student.mlp[0](made.trunk(pixels[:1]))  # what the others of the batch are does not matter
    assert distance(alone, expected[:1]) < 1e-13
    made.eval()
    assert not made.student.training
    made.train()
    assert made.student.training and not any(m.training for m in made.trunk.modules())


@pytest.mark.parametrize("buffers", ["own", "copy"])
def test_a_copy_has_statistics_of_its_own_or_those_of_what_it_follows(buffers: str) -> None:
    text = spec(buffers=buffers)
    made = objective(text)
    made.synchronise()
    made(batch(text, 6))
    student = {name: tensor.clone() for name, tensor in made.trunk.named_buffers()}
    own = {name: tensor.clone() for name, tensor in made.teacher.trunk.named_buffers()}
    made.after_step(1)
    now = dict(made.teacher.trunk.named_buffers())
    kept, others = (own, student) if buffers == "own" else (student, own)
    for name, tensor in now.items():
        assert torch.equal(tensor, kept[name]), name
    assert any(not torch.equal(now[name], tensor) for name, tensor in others.items())
    assert any(isinstance(module, nn.BatchNorm2d) and module.training for module in made.teacher.modules())


@pytest.mark.parametrize(
    "text",
    [spec(), spec(of=LIST), spec(frozen="true"), spec(frozen="true", of=LIST), spec("sync_batch", buffers="copy")],
    ids=["copy", "list", "frozen", "frozen list", "sync"],
)  # fmt: skip
def test_losses_gradients_and_running_statistics_are_equal_at_every_level(text: str) -> None:
    losses, slopes, state = outcome(text, 0, 0)
    for level in (1, 2):
        others, theirs, reached = outcome(text, level, 0)
        assert [each["total"] for each in others] == pytest.approx(
            [each["total"] for each in losses], rel=1e-11
        )
        assert list(reached) == list(state) and set(theirs) == set(slopes)
        for name, tensor in state.items():
            assert distance(reached[name].double(), tensor.double()) < 1e-10, name


TWICE = spec(of=LIST).replace(
    "losses:\n", "losses:\n  again: {use: nt_xent, of: {use: student, of: two}, temperature: 0.1}\n"
)


def test_sharing_is_refused_where_the_running_statistics_would_count_less() -> None:
    ledger = compilation(TWICE, 1).ledger
    assert ledger is not None
    refused = [entry for entry in ledger.entries if entry.name == "share_applications"]
    assert refused and not any(entry.taken for entry in refused)
    assert all("counts the batch once in each application" in entry.reason for entry in refused)
    counts = []
    for level in (0, 1):
        made = objective(TWICE, level)
        made(batch(TWICE, 4))
        counts.append(int(made.trunk.batchnorm.num_batches_tracked))
    assert counts == [4, 4]


def test_views_of_a_frozen_network_run_in_one_call() -> None:
    """Its statistics are constants, so the refusal does not concern it; the head behind it stays view by view."""
    text = (
        spec(frozen="true", of=LIST)
        .replace("      - trunk\n", "")
        .replace("student, of: two", "student, of: {use: trunk, of: two}")
    )
    ledger = compilation(text, 1).ledger
    assert ledger is not None
    taken = {
        entry.where.rpartition("/")[2]: entry.taken for entry in ledger.entries if entry.name == "batch_views"
    }
    assert taken["trunk"] and not taken["student"], taken


def test_a_tower_that_begins_as_another_run_has_its_running_statistics(tmp_path: Path) -> None:
    go(spec(), tmp_path / "run", steps=2)
    made = package(spec(frozen="true")).build_objective(5)
    initial.load(made, "trunk", tmp_path / "run")
    found, expected = made.trunk.state_dict(), reached(tmp_path / "run", 2)
    assert found["resnet.bn1.num_batches_tracked"] == 2
    for name, tensor in found.items():
        assert torch.equal(tensor, expected[f"trunk.{name}"]), name


@pytest.mark.parametrize(
    ("text", "accumulate", "world", "said"),
    [
        (spec(), 1, 1, ""),
        (spec(), 2, 1, "one micro-batch at a time"),
        (spec(), 1, 2, "batch norms see the samples of one rank"),
        (spec("sync_batch"), 1, 2, ""),
        (spec("sync_batch"), 2, 2, "one micro-batch at a time"),
    ],
)  # fmt: skip
def test_a_run_says_where_norms_see_less_than_the_batch(
    text: str, accumulate: int, world: int, said: str
) -> None:
    found = preflight.narrow_norms(objective(text), accumulate, world)
    assert (said in found[0]) if said else not found


def test_frozen_norms_are_not_warned_of() -> None:
    """All that is left to see one rank are the head's and those of the copy."""
    every, head = (preflight.narrow_norms(objective(spec(frozen=f)), 1, 2)[0] for f in ("false", "true"))
    assert int(every.split()[0]) - int(head.split()[0]) == 21
