"""DINO against lightly and timm with equal weights, in float64: loss and centre over several steps, the head, the whole system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from compiled import batch, default_dtype, distance, disturbed, gradients, objective, package
from key_maps import LIGHTLY_HEAD, carried, shipped
from peers import peer
from torch import Tensor, nn

SPEC = """
vfmc: 1
name: small_dino
inputs: {{image: image}}
views:
  large: {{use: dino_global, of: image, count: 2, size: 16, scale: [0.4, 1.0]}}
  small: {{use: dino_local, of: image, count: 3, size: 16, scale: [0.05, 0.4]}}
towers:
  trunk: {{pipe: [{{use: vit, width: 32, depth: 2, heads: 4, patch: 4}}, cls]}}
  head: {{pipe: [{{use: dino_head, hidden: 24, bottleneck: 8, out: 40, learn_length: {learned}}}]}}
  student: {{pipe: [trunk, head]}}
  teacher: {{pipe: [{{use: ema, of: student, momentum: 0.9}}]}}
losses:
  dino:
    use: self_distill
    student: {{use: student, of: [large, small]}}
    teacher: {{use: teacher, of: large}}
    student_temperature: 0.1
    teacher_temperature: {{use: warmup, start: 0.04, end: 0.07, for: 10 epochs, every: epoch}}
    center: 0.9
    pairs: other_view
sources: {{images: digits}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
"""


pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")  # lightly's


@pytest.fixture(autouse=True)
def _float64() -> Any:
    with default_dtype(torch.float64):
        yield


def lightly_loss() -> Any:
    return (
        peer("lightly.loss")
        .DINOLoss(output_dim=40, warmup_teacher_temp_epochs=0, student_temp=0.1, center_momentum=0.9)
        .double()
    )


def lightly_head(learned: bool) -> Any:
    return disturbed(
        peer("lightly.models.modules").DINOProjectionHead(32, 24, 8, 40, norm_last_layer=not learned).double()
    )


def head_weights(head: nn.Module, learned: bool) -> dict[str, Tensor]:
    """Those that learn: a length that is kept at 1 is no weight of ours."""
    return {
        name: weight for name, weight in head.named_parameters() if learned or name != "last_layer.weight_g"
    }


def test_loss_and_centre_equal_lightlys_over_several_steps() -> None:
    made, theirs = objective(SPEC.format(learned="false")), lightly_loss()
    generator = torch.Generator().manual_seed(2)
    for step in range(5):
        temperature = 0.04 + 0.01 * min(step, 3)
        teacher = torch.randn(2, 4, 40, generator=generator)
        student = torch.randn(5, 4, 40, generator=generator)
        mine, other = (student.clone().requires_grad_() for _ in range(2))
        made.knobs["dino.teacher_temperature"] = temperature
        found = made.combine({"dino.student:V": mine, "dino.teacher:V": teacher})["total"]
        expected = theirs(list(teacher), list(other), teacher_temp=temperature)
        found.backward()
        expected.backward()
        made.after_step(step)
        assert found.item() == pytest.approx(expected.item(), rel=1e-13)
        assert distance(mine.grad, other.grad) < 1e-12
        assert distance(made.dino.center, theirs.center[0, 0]) < 1e-13


@pytest.mark.parametrize("learned", [False, True])
def test_the_head_equals_lightlys(learned: bool) -> None:
    ours, theirs = objective(SPEC.format(learned=str(learned).lower())).head, lightly_head(learned)
    if not learned:
        theirs.last_layer.weight_g.data.fill_(1.0)
    ours.load_state_dict(carried(head_weights(theirs, learned), LIGHTLY_HEAD, ours.state_dict()))
    x = torch.randn(6, 32, generator=torch.Generator().manual_seed(4))
    found, expected = ours(x), theirs(x)
    assert distance(found, expected) < 1e-13
    pull = torch.randn(6, 40, generator=torch.Generator().manual_seed(5))
    (found * pull).sum().backward()
    (expected * pull).sum().backward()
    wanted = carried(
        {name: weight.grad for name, weight in head_weights(theirs, learned).items()},
        LIGHTLY_HEAD,
        ours.state_dict(),
    )
    assert max(distance(gradients(ours)[name], gradient) for name, gradient in wanted.items()) < 1e-12


def test_lengths_begin_at_one_and_are_weights_only_where_they_learn() -> None:
    made = objective(SPEC.format(learned="true"))
    assert (
        "head.last.length" in dict(made.named_parameters())
        and "teacher.head.last.length" in made.state_dict()
    )
    with default_dtype(torch.float32):
        fresh = package(SPEC.format(learned="true")).build_objective(0)
    assert torch.equal(fresh.head.last.length, torch.ones(40, 1))
    assert not any("length" in name for name in objective(SPEC.format(learned="false")).state_dict())


@pytest.mark.parametrize("level", [0, 1])
def test_the_whole_system_equals_timms_trunk_with_lightlys_head_loss_and_momentum(level: int) -> None:
    """Two optimiser steps: loss, gradients, centre and the teacher's weights."""
    vit = peer("timm.models.vision_transformer").VisionTransformer
    options = {
        "img_size": 16,
        "patch_size": 4,
        "embed_dim": 32,
        "depth": 2,
        "num_heads": 4,
        "num_classes": 0,
        "global_pool": "token",
    }
    student = nn.ModuleDict({"trunk": disturbed(vit(**options)), "head": lightly_head(True)})
    teacher = nn.ModuleDict({"trunk": vit(**options), "head": lightly_head(True)})
    teacher.load_state_dict(student.state_dict())
    loss, move = lightly_loss(), peer("lightly.models.utils").update_momentum
    made = objective(SPEC.format(learned="true"), level)

    def named(tensors: Iterable[tuple[str, Any]]) -> dict[str, torch.Tensor]:
        """The student's, trunk by the layout and head by lightly's names, under ours."""
        given = list(tensors)
        sides = {
            side: {name.removeprefix(f"{side}."): x for name, x in given if name.startswith(side)}
            for side in ("trunk", "head")
        }
        trunk = shipped(
            "timm_vit", SPEC.format(learned="true"), sides["trunk"], made.trunk.state_dict(), "trunk"
        )
        head = carried(sides["head"], LIGHTLY_HEAD, made.head.state_dict())
        return {f"trunk.{name}": x for name, x in trunk.items()} | {
            f"head.{name}": x for name, x in head.items()
        }

    start = named(student.named_parameters())
    made.load_state_dict(
        start | {f"teacher.{name}": x for name, x in start.items()} | {"dino.center": torch.zeros(40)}
    )
    descent = [torch.optim.SGD(student.parameters(), lr=0.3), torch.optim.SGD(made.parameters(), lr=0.3)]
    for step in range(2):
        data = batch(SPEC.format(learned="true"), 3, seed=step)
        for one in descent:
            one.zero_grad()
        views = [*data["large"], *data["small"]]
        with torch.no_grad():
            targets = [teacher["head"](teacher["trunk"](x)) for x in data["large"]]
        expected = loss(targets, [student["head"](student["trunk"](x)) for x in views], teacher_temp=0.04)
        found = made(data)["dino"]
        expected.backward()
        found.backward()
        assert found.item() == pytest.approx(expected.item(), rel=1e-11)
        wanted = named([(name, weight.grad) for name, weight in student.named_parameters()])
        assert max(distance(gradients(made)[name], gradient) for name, gradient in wanted.items()) < 1e-9
        for one in descent:
            one.step()
        move(student, teacher, m=0.9)
        made.after_step(step)
        assert distance(made.dino.center, loss.center[0, 0]) < 1e-11
        followed = named(teacher.named_parameters())
        copies = made.state_dict()
        assert set(copies) >= {f"teacher.{name}" for name in followed}
        assert max(distance(copies[f"teacher.{name}"], weight) for name, weight in followed.items()) < 1e-11
    assert all(weight.grad is None for weight in made.teacher.parameters())


MIXED = (
    SPEC.format(learned="false")
    .replace("  head: {pipe: [", "")
    .replace(
        "{use: dino_head, hidden: 24, bottleneck: 8, out: 40, learn_length: false}]}\n  student: {pipe: [trunk, head]}",
        "  student: {pipe: [trunk, {use: dino_head, hidden: 24, bottleneck: 8, out: 40}]}",
    )
)


def test_a_copy_of_a_tower_with_own_weights_and_a_nested_tower_follows_both() -> None:
    """The student owns a head and calls the trunk: every weight of the teacher moves towards its own namesake."""
    made = objective(MIXED)
    before = {name: x.clone() for name, x in made.state_dict().items()}
    made.after_step(0)
    moved = 0
    for name, x in made.state_dict().items():
        if name.startswith("teacher."):
            own = name.removeprefix("teacher.")
            source = before[own] if own in before else before[f"student.{own}"]
            assert distance(x, 0.9 * before[name] + 0.1 * source) < 1e-14
            moved += 1
    assert moved == sum(name.startswith(("trunk.", "student.")) for name in before) > 30
