"""The shipped ImageBind, made narrow, with weights under the published names: every tower and every loss against the formula.

`imagebind_huge` itself is compiled, with other widths, depths and numbers of heads, and the weights come in by its key map. Outputs and the
gradients of all weights are compared in float64; in evaluation, for what is dropped in training is no part of the formula.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
import torch
from compiled import batch, distance, gradients, objective, spec
from imagebind_formula import TOWERS, Weights, pairs, plane, vision
from test_interop_imagebind import SCALES, names, small
from torch import Tensor, nn

from vfmc.interop.meet import meet
from vfmc.runtime.interop import to_ours

NAME = "imagebind_huge"
HEADS = 2
SIZES = {  # width, blocks
    "vision": (24, 2), "text": (16, 2), "audio": (16, 2), "depth": (8, 2), "thermal": (24, 1), "imu": (16, 3),
}  # fmt: skip
NARROW = small(SIZES)
PHASES = ("align", "bind", "bind_motion")
BOUND: dict[str, dict[str, tuple[str, str, str]]] = {  # phase -> loss -> picture, tower, what it reads
    "align": {"align": ("crop", "text", "caption")},
    "bind": {
        "bind_audio": ("frames", "audio", "mel"),
        "bind_depth": ("room", "depth", "depth_map"),
        "bind_thermal": ("street", "thermal", "heat"),
    },
    "bind_motion": {"bind_imu": ("frames", "imu", "window")},
}
FROZEN = ("vision", "text")  # after the first phase


@cache
def published() -> Weights:
    """Random weights under the published names: gains around 1, scores that leave no softmax at an end."""
    made = torch.Generator().manual_seed(5)
    found = {}
    for name, shape in names(SIZES).items():
        noise = torch.randn(shape, generator=made, dtype=torch.float64)
        gain = len(shape) == 1 and name.endswith("weight")
        found[name] = 1 + 0.2 * noise if gain else 0.3 * noise
    found["modality_preprocessors.text.mask"] = torch.full((77, 77), -math.inf).triu(1).double()
    for name, scale in SCALES.items():
        found[f"modality_postprocessors.{name}.1.log_logit_scale"] = torch.tensor(
            math.log(scale), dtype=torch.float64
        )
    return found


def ours(theirs: Weights, module: nn.Module) -> Weights:
    """Tensors by their names in vfmc, as `vfmc import` brings them in: all that the module has, or an error."""
    plan = meet("imagebind", spec(NAME, NARROW).program).plan()
    return to_ours(plan, theirs, {name: each.shape for name, each in module.state_dict().items()})[0]


@cache
def bound(phase: str, level: int) -> Any:
    """The objective of a phase in evaluation, with the published weights."""
    made = objective(NAME, level, NARROW, PHASES.index(phase)).eval()
    made.load_state_dict(ours(published(), made))
    return made


def sample(phase: str) -> dict[str, Tensor]:
    """Three samples; the third text fills its room, with the end in its last place."""
    made = batch(NAME, 3, overrides=NARROW, phase=PHASES.index(phase))
    if "caption" in made:
        end = int(made["caption"].max())
        made["caption"][2] = torch.arange(400, 400 + 77)
        made["caption"][2, -1] = end
    return made


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("phase", PHASES)
def test_towers_equal_the_formula(phase: str, level: int) -> None:
    """In every phase all that it reads, pictures and pairs of frames alike; embeddings are of length one."""
    made, data = bound(phase, level), sample(phase)
    read = {(tower, field) for _, tower, field in BOUND[phase].values()}
    read |= {("vision", picture) for picture, _, _ in BOUND[phase].values()}
    for tower, field in sorted(read):
        with torch.no_grad():
            found, expected = made.tower(tower, data[field]), TOWERS[tower](data[field], published(), HEADS)
        assert found.shape == (3, 1024)
        assert distance(found, expected) < 1e-14, (tower, field)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("phase", PHASES)
def test_losses_and_the_gradients_of_all_weights_equal_those_of_the_formula(phase: str, level: int) -> None:
    """Autograd goes through the formula, and its gradients to our names by the key map; frozen towers have none."""
    made, data = bound(phase, level), sample(phase)
    own = {
        name: each.clone().requires_grad_() for name, each in published().items() if not name.endswith("mask")
    }
    losses = {
        loss: pairs(vision(data[picture], own, HEADS), TOWERS[tower](data[field], own, HEADS), own, tower)
        for loss, (picture, tower, field) in BOUND[phase].items()
    }
    sum(losses.values()).backward()  # type: ignore[union-attr]
    made.zero_grad()
    found = made(data)
    found["total"].backward()
    for loss, value in losses.items():
        assert found[loss].item() == pytest.approx(value.item(), rel=1e-13), loss
    slopes = {name: torch.zeros_like(each) if each.grad is None else each.grad for name, each in own.items()}
    fixed = {f"modality_postprocessors.{name}.1.log_logit_scale" for name in SCALES}
    learned = {name: each for name, each in slopes.items() if name not in fixed}
    expected = ours(learned, made)
    reached = {name for name in expected if name.split(".")[0] in taught(phase)}
    assert set(gradients(made)) == reached and len(reached) > 20
    for name, slope in gradients(made).items():
        assert expected[name].abs().max() > 1e-9, f"{name} tells nothing"
        assert distance(slope, expected[name]) < 1e-12, name


def taught(phase: str) -> set[str]:
    """What learns in a phase: its towers, and in the first the scale of its loss."""
    towers = {tower for _, tower, _ in BOUND[phase].values()}
    return towers | {"vision", "align"} if phase == "align" else towers


def test_the_formula_itself_tells_the_traps_apart() -> None:
    """What a naive re-expression gets wrong moves an embedding by far more than the comparison bears."""
    own, data = published(), sample("bind")
    sound, still = data["mel"], data["room"]
    right = plane(sound, own, HEADS, "audio")
    without = {name: each for name, each in own.items() if ".bias_" not in name}
    assert distance(plane(sound, without, HEADS, "audio"), right) > 1e-4, "the learned key"
    assert distance(plane(sound, own, 4, "audio"), right) > 1e-4, "the number of heads"
    kernel = "modality_preprocessors.vision.rgbt_stem.proj.1.weight"
    halves = own | {kernel: own[kernel].flip(2)}
    assert distance(vision(still, halves, HEADS), vision(still, own, HEADS)) < 1e-12, "a still picture"
    moving = data["frames"]
    assert distance(vision(moving, halves, HEADS), vision(moving, own, HEADS)) > 1e-4, "the order of frames"
