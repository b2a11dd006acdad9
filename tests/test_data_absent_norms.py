"""Batch norms where samples may lack an input: they see the samples that are there, as if the batch held no others."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from checking import changed
from compiled import package
from runtime_package.absent import gradients
from runtime_package.ranks import together
from torch import Tensor
from torch.nn import functional as F

from vfmc.runtime.gradients import Part, accumulate
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import choose_precision

SPEC = """
vfmc: 1
name: absent_norms
inputs:
  image: image
  caption: {use: text, length: 8, tokenizer: {use: wordpiece, vocabulary: 64}}
views:
  crop: {use: center_crop, of: image, size: 8}
  two: {use: simclr, of: image, size: 8}
towers:
  vision:
    from: crop
    pipe:
      - {use: resnet, depth: 18, width: 2, stem: small, norm: NORM}
      - {use: batchnorm, norm: NORM}
      - mean
      - {use: mlp, hidden: [8], out: 8, norm: NORM, last_norm: full}
      - l2norm
  text:
    from: caption
    pipe: [{use: word_embedding, width: 8}, mean, {use: mlp, hidden: [8], out: 8, norm: NORM}, l2norm]
  teacher: {from: crop, pipe: [{use: ema, of: vision, momentum: 0.9}]}
losses:
  clip: {use: contrastive, a: vision, b: text, scale: learned}
  views: {use: nt_xent, of: {use: vision, of: two}, temperature: 0.5}
  slow: {use: contrastive, a: vision, b: teacher, scale: learned}
sources: {table: {use: csv, files: table.csv}}
train: {batch: 8, optimizer: {use: sgd, lr: 0.1, weight_decay: 0.0}, for: 3 steps}
data: {absent: masked, workers: 0}
"""
IMAGE = [True, True, False, True, False, True, False, True]
CAPTION = [True, False, True, True, True, True, False, False]
HELD = [(IMAGE, CAPTION), ([True] * 4 + [False] * 4, CAPTION), ([True, False] * 4, [False] * 3 + [True] * 5)]


def batch(image: list[bool], caption: list[bool], seed: int = 0, blank: float = 1.0) -> dict[str, Tensor]:
    """What the absent samples hold is far from what the others do."""
    draw = torch.Generator().manual_seed(seed)
    size, has, says = len(image), torch.tensor(image), torch.tensor(caption)
    crop = torch.randn(size, 3, 8, 8, generator=draw, dtype=torch.float64)
    two = torch.randn(2, size, 3, 8, 8, generator=draw, dtype=torch.float64)
    crop[~has], two[:, ~has] = 100 * blank, -50 * blank
    ids = torch.randint(3, 64, (size, 8), generator=draw)
    return {"crop": crop, "two": two, "caption": ids, "image.present": has, "caption.present": says}


def built(norm: str = "batch", level: int = 1) -> Any:
    return package(SPEC.replace("NORM", norm), level).build_objective(0, dtype=torch.float64)


def present_alone(made: Any, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """The losses by their formulas, of towers that are given nothing but the samples that are there."""
    image, caption = given["image.present"], given["caption.present"]
    vision, text = made.vision(given["crop"][image]), made.text(given["caption"][caption])
    clip = pairs(vision[caption[image]], text[image[caption]], made.clip.scale())
    z = F.normalize(torch.cat([made.vision(view[image]) for view in given["two"]]), dim=-1)
    own = (z @ z.T / 0.5).masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
    count = len(z) // 2
    views = F.cross_entropy(own, torch.cat([torch.arange(count) + count, torch.arange(count)]))
    again = made.vision(given["crop"][image])  # an application of its own, which counts its own batch
    with torch.no_grad():
        slow = made.teacher(given["crop"][image])
    return {"clip": clip, "views": views, "slow": pairs(again, slow, made.slow.scale())}


def pairs(a: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    logits, target = scale * a @ b.T, torch.arange(len(a))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def same_state(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    state = found.state_dict()
    for name, tensor in expected.state_dict().items():
        torch.testing.assert_close(state[name], tensor, rtol=tolerance, atol=1e-12, msg=name)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("norm", ["batch", "sync_batch"])
def test_losses_gradients_and_statistics_are_those_of_the_present_samples(norm: str, level: int) -> None:
    made, given = built(norm, level), batch(IMAGE, CAPTION)
    alone = deepcopy(made)
    losses, expected = made(given), present_alone(alone, given)
    losses["total"].backward()
    sum(expected.values()).backward()
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss, rtol=1e-11, atol=0)
    slopes = {name: weight.grad for name, weight in alone.named_parameters()}
    for name, weight in made.named_parameters():
        if weight.requires_grad:
            torch.testing.assert_close(weight.grad, slopes[name], rtol=1e-9, atol=1e-13, msg=name)
    same_state(made, alone)
    assert made.vision.resnet.bn1.running_mean.any()


@pytest.mark.parametrize("image", [[False] * 8, [False] * 7 + [True]])
def test_with_fewer_than_two_samples_the_running_statistics_stand(image: list[bool]) -> None:
    made, given = built(), batch(image, CAPTION)
    made(batch(IMAGE, CAPTION))  # they are no longer those of the beginning
    before = deepcopy(made.vision.state_dict())
    losses = made(given)
    losses["total"].backward()
    assert torch.isfinite(losses["total"]) and made.vision.training and made.vision.resnet.bn1.training
    assert all(tensor.equal(before[name]) for name, tensor in made.vision.state_dict().items())
    assert all(w.grad is not None and w.grad.isfinite().all() for w in made.parameters() if w.requires_grad)


def test_without_a_sample_a_tower_gets_no_gradient_and_no_other_does_by_it() -> None:
    made, given = built(), batch([False] * 8, CAPTION)
    losses = made(given)
    losses["total"].backward()
    assert losses["total"] == 0 and not any(weight.grad.any() for weight in made.vision.parameters())


def test_evaluation_gives_what_each_sample_gives_alone() -> None:
    made, given = built().eval(), batch(IMAGE, CAPTION)
    found = made.embed(given)["clip.a"]
    kept = given["image.present"]
    torch.testing.assert_close(found[kept], made.vision(given["crop"][kept]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("pieces", [1, 2])
def test_micro_batches_move_the_statistics_by_what_is_there(pieces: int) -> None:
    made, given = built(), batch(IMAGE, CAPTION)
    alone = deepcopy(made)
    part = Part.all_of(
        package(SPEC.replace("NORM", "batch")).recipe, package(SPEC.replace("NORM", "batch")).dims("main")
    )[0]
    accumulate(
        made,
        part,
        given,
        pieces,
        choose_precision("float64", torch.device("cpu")),
        Ranks(0, 1, torch.device("cpu")),
    )
    for rows in torch.arange(8).chunk(pieces):
        present_alone(alone, {n: t[:, rows] if n == "two" else t[rows] for n, t in given.items()})
    same_state(made.vision, alone.vision)


def test_two_ranks_with_different_counts_have_the_statistics_of_all(tmp_path: Path) -> None:
    stem = """      - {use: resnet, depth: 18, width: 2, stem: small, norm: NORM}
      - {use: batchnorm, norm: NORM}
      - mean
"""
    small = "      - {use: patches, size: 4, width: 8}\n      - mean\n      - {use: batchnorm, norm: NORM}\n"
    made = package(changed((stem, small), text=SPEC).replace("NORM", "sync_batch"))
    batches = [batch(*held, seed=number) for number, held in enumerate(HELD)]
    torch.save(batches, tmp_path / "batches.pt")
    together("absent.py", made.folder, tmp_path, "[1]", "false")
    expected = gradients(made, batches, [1], Ranks(0, 1, torch.device("cpu")))
    for rank in range(2):
        found = torch.load(tmp_path / f"rank{rank}.pt")
        for (losses, slopes, state), (wanted, own, reached) in zip(found, expected, strict=True):
            largest = max(float(slope.abs().max()) for slope in own.values() if slope is not None)
            for name, loss in wanted.items():
                torch.testing.assert_close(losses[name], loss, rtol=1e-10, atol=1e-12, msg=name)
            for name, slope in own.items():
                if slope is not None:
                    torch.testing.assert_close(slopes[name], slope, rtol=1e-8, atol=1e-12 * largest, msg=name)
            for name, tensor in reached.items():
                torch.testing.assert_close(state[name], tensor, rtol=1e-10, atol=1e-12, msg=name)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_so_do_the_norms_of_another_library_and_its_views_stay_apart(level: int) -> None:
    stem = "      - {use: resnet, depth: 18, width: 2, stem: small, norm: NORM}\n      - {use: batchnorm, norm: NORM}\n      - mean\n"
    theirs = """      - use: python
        class: "torch.nn:BatchNorm2d"
        arguments: {num_features: 3}
        gives: {kind: features, width: 3, rows: 8, columns: 8}
      - mean
"""
    text = (
        changed((stem, theirs), text=SPEC)
        .replace(", norm: NORM, last_norm: full", "")
        .replace("norm: NORM", "norm: batch")
    )
    made, given = package(text, level).build_objective(0, dtype=torch.float64), batch(IMAGE, CAPTION)
    alone = deepcopy(made)
    made(given)
    present_alone(alone, given)
    assert made.state_dict()["vision.python.running_mean"].any()
    same_state(made, alone)


def test_towers_without_such_norms_are_called_as_ever() -> None:
    plain = SPEC.replace(", norm: NORM", "").replace("      - {use: batchnorm}\n", "")
    text = (package(plain.replace("{use: resnet, depth: 18, width: 2, stem: small}", "{use: patches, size: 4, width: 8}")
            .replace(", last_norm: full", "")).folder / "objective.py").read_text()  # fmt: skip
    assert "of_present" not in text
    whole = (
        package(SPEC.replace("NORM", "batch").replace("absent: masked, ", "")).folder / "objective.py"
    ).read_text()
    assert "of_present" not in whole
