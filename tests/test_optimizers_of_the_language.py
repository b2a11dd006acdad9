"""Optimisers and schedules as a spec says them: what they hold in memory, and what does not go together."""

from __future__ import annotations

import pytest
import torch
from checking import BASE, changed, findings, only
from compiled import batch, package

from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.precision import choose_precision
from vfmc.runtime.preflight import check
from vfmc.runtime.schedule import Clock
from vfmc.runtime.timeline import lay_out

ADAMW = "{use: adamw, lr: 1.0e-3}"
SAID = [
    "adamw, lr: 1.0e-3",
    "adam, lr: 1.0e-3",
    "sgd, lr: 0.1",
    "sgd, lr: 0.1, momentum: 0.0",
    "lars, lr: 0.3",
    "lamb, lr: 1.0e-3",
    "adafactor, lr: 1.0e-3, smallest: 8",
    "adafactor, lr: 1.0e-3, momentum: 0.0, smallest: 16",
]


@pytest.mark.parametrize("said", SAID)
def test_the_memory_of_a_plan_is_what_the_optimiser_holds_after_a_step(said, tmp_path):
    text = changed((ADAMW, f"{{use: {said}}}"), text=BASE)
    made = package(text)
    objective = made.objective.Objective()
    clock = Clock(100, 8, 25)
    optimizer = Optimizer(objective, made.recipe, torch.device("cpu"), clock)
    objective(
        {name: value.float() if value.is_floating_point() else value for name, value in batch(text).items()}
    )["total"].backward()
    optimizer.torch.step()
    held = sum(
        tensor.numel()
        for slots in optimizer.state().values()
        for name, tensor in slots.items()
        if isinstance(tensor, torch.Tensor) and name != "step"
    )
    assert made.recipe["memory"]["optimizer"] == 4 * held
    told = check(
        made, objective, optimizer, lay_out(made.recipe, 100), 100, 1, 1,
        choose_precision("float32", torch.device("cpu")), tmp_path,
    )  # fmt: skip
    weights = 4 * sum(weight.numel() for weight in objective.parameters())
    assert told.checkpoint == weights + 4 * held and told.memory == 2 * weights + 4 * held


WRONG = [
    (
        "{use: adam, lr: 1.0e-3, decay: by_schedule, weight_decay: {use: cosine, start: 0.1}}",
        "a decay by schedule moves with the learning rate, so it has no schedule of its own",
    ),
    (
        "{use: sgd, lr: 0.1, nesterov: true, dampening: 0.5}",
        "looking ahead needs a momentum, and no dampening",
    ),
    ("{use: lars, lr: 0.1, nesterov: true, momentum: 0.0}", "looking ahead needs a momentum"),
]


@pytest.mark.parametrize(("said", "message"), WRONG)
def test_settings_that_do_not_go_together_are_told(said, message):
    found = only(changed((ADAMW, said), text=BASE))
    assert found.message == message


def test_an_inverse_square_root_needs_something_to_fall_over():
    text = changed(("  for: 2 epochs", "  schedule: inverse_sqrt\n  for: 2 epochs"), text=BASE)
    found = only(text)
    assert found.message == "an inverse square root falls over the length of its warm-up, and there is none"
    assert "warmup: 10000 steps" in found.help
    said = "schedule: {use: inverse_sqrt, warmup: 5 steps}"
    assert not findings(text.replace("schedule: inverse_sqrt", said))
