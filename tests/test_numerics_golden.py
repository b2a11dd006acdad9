"""Losses of generated packages against golden numbers of the reference (clip_family.md 1.2, ssl_mim.md 9), in float64."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from compiled import default_dtype, objective, package
from torch import Tensor

N = math.nan


@pytest.fixture(autouse=True)
def _float64() -> Any:
    with default_dtype(torch.float64):
        yield


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


def pairs() -> tuple[Tensor, Tensor]:
    """The embeddings of clip_family.md 1.2: 8 samples of width 16."""
    place = torch.arange(8 * 16).view(8, 16)
    return unit(torch.sin(0.1 * place + 0.3)), unit(torch.cos(0.07 * place - 0.2))


def grid(rows: int, columns: int, s: int) -> Tensor:
    """A(n, d, s) of ssl_mim.md 9."""
    i, j = torch.arange(rows)[:, None], torch.arange(columns)[None]
    return torch.sin(0.1 * s + 0.7 * i + 1.3 * j + 0.05 * s * i * j)


def test_the_inputs_are_those_of_the_reference() -> None:
    image, text = pairs()
    assert (image @ text.T).trace().item() == pytest.approx(3.5427903871, abs=5e-11)


@pytest.mark.parametrize(("scale", "expected"), [(1 / 0.07, 7.1751213604), (100.0, 47.0095121331)])
def test_clip_loss(scale: float, expected: float) -> None:
    """Through `combine`, so that the learned scale and the names of the operands are part of what is tested."""
    made = objective("clip_tiny")
    with torch.no_grad():
        made.clip.scale.log.fill_(math.log(scale))
    image, text = pairs()
    losses = made.combine({"clip.a": image, "clip.b": text})
    assert losses["clip"].item() == pytest.approx(expected, rel=2e-11)
    assert losses["total"].item() == losses["clip"].item()


def test_gradients_of_the_contrastive_loss() -> None:
    contrastive = package("clip_tiny").objective.contrastive
    image, text = (x[:4, :5].clone().requires_grad_() for x in pairs())
    assert torch.autograd.gradcheck(contrastive, (image, text, torch.tensor(3.0, requires_grad=True)))


def test_the_scale_begins_at_its_value_and_is_kept_inside_its_bounds_after_a_step() -> None:
    made = package("clip_tiny").objective.Objective()
    assert made.clip.scale.log.item() == pytest.approx(2.6592600369, abs=1e-9)
    for wild, kept in ((7.0, math.log(100)), (-3.0, 0.0), (1.5, 1.5)):
        made.clip.scale.log.data.fill_(wild)
        made.after_step(0)
        assert made.clip.scale.log.item() == pytest.approx(kept, abs=1e-15)


def test_the_scale_is_not_clamped_inside_the_graph() -> None:
    """A parameter outside its bounds still gets gradient (clip_family.md 2.2, trap e)."""
    made = objective("clip_tiny")
    made.clip.scale.log.data.fill_(math.log(150))
    image, text = pairs()
    made.combine({"clip.a": image, "clip.b": text})["total"].backward()
    assert made.clip.scale.log.grad.abs().item() > 1


DINO = """
vfmc: 1
name: golden_dino
inputs: {image: image}
views:
  large: {use: dino_global, of: image, count: 2, size: 8, scale: [0.6, 1.0]}
  small: {use: dino_local, of: image, count: 1, size: 8, scale: [0.3, 0.6]}
towers:
  student:
    pipe:
      - {use: vit, width: 8, depth: 1, heads: 2, patch: 4}
      - cls
      - {use: dino_head, hidden: 8, bottleneck: 4, out: 6}
  teacher:
    pipe: [{use: ema, of: student, momentum: 0.9}]
losses:
  dino:
    use: self_distill
    student: {use: student, of: [large, small]}
    teacher: {use: teacher, of: large}
    student_temperature: 0.1
    teacher_temperature: {use: warmup, start: 0.04, end: 0.07, for: 10 epochs, every: epoch}
    center: 0.9
    pairs: other_view
sources: {images: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


def dino() -> tuple[Any, dict[str, Tensor]]:
    """The objective with the centre of the reference, and its views: two of the teacher, three of the student."""
    made = objective(DINO)
    made.dino.center.copy_(0.1 * grid(1, 6, 6)[0])
    teacher = torch.stack([grid(4, 6, s) for s in (1, 2)])
    student = torch.stack([grid(4, 6, s) for s in (3, 4, 5)])
    return made, {"dino.student:V": student, "dino.teacher:V": teacher}


@pytest.mark.parametrize(("temperature", "expected"), [(0.04, 3.3894634989), (0.07, 3.5956950680)])
def test_dino_loss(temperature: float, expected: float) -> None:
    made, operands = dino()
    assert made.knobs["dino.teacher_temperature"] == 0.04, "the warm-up begins at 0.04"
    made.knobs["dino.teacher_temperature"] = temperature
    assert made.combine(operands)["dino"].item() == pytest.approx(expected, rel=2e-11)


def test_dino_centre_moves_after_the_step_and_not_before() -> None:
    made, operands = dino()
    before = made.dino.center.clone()
    made.combine(operands)
    assert torch.equal(made.dino.center, before)
    made.after_step(0)
    assert made.dino.center[0].item() == pytest.approx(0.1176985220, abs=5e-11)


@pytest.mark.parametrize("cut", [1, 2])
def test_dino_centre_moves_once_a_step_with_micro_batches(cut: int) -> None:
    """Also where they are not equal: the mean is that of all samples."""
    made, operands = dino()
    for half in (slice(0, cut), slice(cut, 4)):
        made.combine({name: views[:, half] for name, views in operands.items()})
    made.after_step(0)
    assert made.dino.center[0].item() == pytest.approx(0.1176985220, abs=5e-11)
    moved = made.dino.center.clone()
    made.after_step(1)
    assert torch.equal(made.dino.center, moved), "a mean is used once"


def test_evaluation_leaves_the_centre_alone() -> None:
    made, operands = dino()
    before = made.dino.center.clone()
    made.eval().combine(operands)
    made.after_step(0)
    assert torch.equal(made.dino.center, before)


def test_gradients_of_the_dino_loss() -> None:
    made, operands = dino()
    student = operands["dino.student:V"].requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: made.combine(operands | {"dino.student:V": x})["dino"], (student,)
    )


MAE = """
vfmc: 1
name: golden_mae
inputs: {{image: {{use: image, size: 4}}}}
masks:
  hidden: {{use: random, of: image, ratio: 0.75}}
towers:
  encoder:
    takes: {{hide: null}}
    from: image
    pipe:
      - {{use: patches, size: 2, width: 8}}
      - {{use: position, kind: sincos}}
      - {{use: drop, mask: hide}}
      - {{use: prefix, cls: 1}}
      - {{use: blocks, depth: 1, heads: 2}}
  decoder:
    pipe:
      - {{use: restore, mask: hidden}}
      - {{use: blocks, depth: 1, heads: 2}}
      - {{use: linear, out: 12}}
losses:
  pixels:
    use: mse
    prediction: {{use: decoder, of: {{use: encoder, of: image, hide: hidden}}}}
    target: {{use: patch_pixels, of: image, size: 2, normalize: {normalize}}}
    "on": hidden
sources: {{images: digits}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
"""


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(("normalize", "expected"), [("false", 0.9569557002), ("true", 1.4966552283)])
def test_mae_loss(level: int, normalize: str, expected: float) -> None:
    """The reference's mask hides three patches a sample, as ours does."""
    text = MAE.format(normalize=normalize)
    loaded = package(text, level)
    made = objective(text, level)
    image = torch.stack([grid(4, 4, s) for s in range(1, 7)]).view(2, 3, 4, 4)
    prediction = grid(8, 12, 7).view(2, 4, 12)
    hidden = torch.tensor([[0, 2, 3], [0, 1, 3]])
    target = loaded.objective.patch_pixels(image, size=2)
    if level:  # the decoder gives hidden tokens alone
        prediction = torch.stack([rows[index] for rows, index in zip(prediction, hidden, strict=True)])
    else:  # the decoder gives every token, its class token first
        prediction = torch.cat([torch.full((2, 1, 12), N), prediction], dim=1)
    found = made.combine({"pixels.prediction": prediction, "pixels.target": target, "pixels.on": hidden})[
        "pixels"
    ].item()
    assert found == pytest.approx(expected, rel=5e-11)
    assert abs(found - 1.5853232588) > 0.05, "this is the value with the biased variance"


def test_patches_are_ordered_by_row_column_channel() -> None:
    """Pixel (row, column, channel) of a patch stands at (row * 2 + column) * 3 + channel."""
    loaded = package(MAE.format(normalize="false"))
    image = torch.arange(48.0).view(1, 3, 4, 4)
    pixels = loaded.objective.patch_pixels(image, size=2)
    assert pixels[0, 1].tolist() == [
        image[0, c, r, 2 + w].item() for r in (0, 1) for w in (0, 1) for c in (0, 1, 2)
    ]
