"""Gradients of micro-batches are those of the whole batch, in float64, for towers and for weights inside a
loss.
"""

from __future__ import annotations

import copy

import pytest
import torch
from runtime_package import PACKAGES
from torch import nn

from vfmc.runtime import gradients
from vfmc.runtime.data.example import example_batch
from vfmc.runtime.gradients import Part
from vfmc.runtime.package import load_package
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import choose_precision

TINY = PACKAGES / "tiny"
CPU = torch.device("cpu")
ALONE = Ranks(0, 1, CPU)
DOUBLE = choose_precision("float64", CPU)


@pytest.fixture(scope="module")
def package():
    return load_package(TINY)


def ingredients(package, **couples):
    objective = package.build_objective(seed=0, dtype=torch.float64).train()
    recipe = copy.deepcopy(package.recipe)
    for name, kind in couples.items():
        recipe["losses"][name]["couples"] = kind
    parts = Part.all_of(recipe, package.dims("main"))
    batch = example_batch(package.data.PHASES["main"], 12, seed=3, dtype=torch.float64)
    return objective, {part.name: part for part in parts}, batch


def taken(objective):
    found = {name: w.grad.clone() for name, w in objective.named_parameters() if w.grad is not None}
    objective.zero_grad(set_to_none=True)
    return found


@pytest.mark.parametrize("pieces", [2, 3, 4, 5])
@pytest.mark.parametrize("part", ["main", "views"])
def test_a_loss_that_couples_the_batch_has_the_gradients_of_the_dense_step(package, pieces, part):
    objective, parts, batch = ingredients(package)
    losses = objective(batch, part)
    losses["total"].backward()
    dense = taken(objective)
    found = gradients.accumulate(objective, parts[part], batch, pieces, DOUBLE, ALONE)
    cached = taken(objective)
    assert set(cached) == set(dense)
    for name, gradient in dense.items():
        ratio = (cached[name].flatten() @ gradient.flatten()) / (gradient.flatten() @ gradient.flatten())
        assert ratio.item() == pytest.approx(1.0, abs=1e-12), name
        torch.testing.assert_close(cached[name], gradient, rtol=1e-12, atol=1e-14)
    for name, loss in losses.items():
        torch.testing.assert_close(found[name], loss.detach(), rtol=1e-13, atol=0)


def test_the_weight_inside_the_loss_is_counted_once(package):
    """open_clip's accumulation gives a logit scale `accum_freq` times its gradient (reference/clip_family.md
    1.1b).
    """
    objective, parts, batch = ingredients(package)
    objective(batch, "main")["total"].backward()
    dense = taken(objective)["clip.scale.log"]
    gradients.accumulate(objective, parts["main"], batch, 4, DOUBLE, ALONE)
    assert (taken(objective)["clip.scale.log"] / dense).item() == pytest.approx(1.0, abs=1e-12)


def test_a_mean_over_samples_is_averaged_in_one_pass(package):
    objective, parts, batch = ingredients(package, distill="samples")
    objective(batch, "views")["total"].backward()
    dense = taken(objective)
    calls = []
    objective.vision.register_forward_hook(lambda *_: calls.append(1))
    gradients.accumulate(objective, parts["views"], batch, 5, DOUBLE, ALONE)  # uneven: 3, 3, 2, 2, 2
    for name, gradient in taken(objective).items():
        torch.testing.assert_close(gradient, dense[name], rtol=1e-12, atol=1e-14)
    assert len(calls) == 5


def test_averaging_a_loss_that_couples_would_be_wrong(package):
    """The test above can fail: with the same batch, plain averaging of CLIP's micro-batches gives other
    gradients.
    """
    objective, parts, batch = ingredients(package, clip="samples")
    objective(batch, "main")["total"].backward()
    dense = taken(objective)["vision.out.weight"]
    gradients.accumulate(objective, parts["main"], batch, 3, DOUBLE, ALONE)
    assert not torch.allclose(taken(objective)["vision.out.weight"], dense, rtol=0.01)


def test_running_statistics_are_counted_once():
    class Normed(nn.Module):
        parts = {"main": ("loss",)}

        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.norm = nn.BatchNorm1d(3, dtype=torch.float64)

        def embed(self, batch, part=None):
            return {"loss.a": self.norm(batch["x"])}

        def combine(self, operands, part=None):
            loss = (operands["loss.a"] @ operands["loss.a"].T).logsumexp(1).mean()
            return {"loss": loss, "total": loss}

    objective = Normed()
    part = Part("main", ("loss",), coupled=True, dims={"x": 0})
    gradients.accumulate(objective, part, {"x": torch.randn(8, 3, dtype=torch.float64)}, 2, DOUBLE, ALONE)
    assert objective.norm.num_batches_tracked.item() == 2
    assert objective.norm.track_running_stats


def test_views_are_split_along_the_samples():
    batch = {"pair": torch.arange(24).view(2, 6, 2), "key": torch.arange(6)}
    pieces = gradients.split(batch, {"pair": 1, "key": 0}, 3)
    assert [tuple(piece["pair"].shape) for piece in pieces] == [(2, 2, 2)] * 3
    assert pieces[1]["key"].tolist() == [2, 3] and pieces[1]["pair"][0, :, 0].tolist() == [4, 6]


def test_losses_are_computed_in_full_precision_when_towers_run_in_half() -> None:
    """A logit near 100 has a resolution of half a unit in bf16, so a loss may never see one."""
    seen: dict[str, torch.dtype] = {}

    class Halved(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.map = torch.nn.Linear(4, 4)

        def embed(self, batch: dict[str, torch.Tensor], part: str | None = None) -> dict[str, torch.Tensor]:
            operand = self.map(batch["x"])
            seen["embed"] = operand.dtype
            return {"loss.a": operand}

        def combine(
            self, operands: dict[str, torch.Tensor], part: str | None = None
        ) -> dict[str, torch.Tensor]:
            product = operands["loss.a"] @ operands["loss.a"].T
            seen["combine"] = product.dtype
            return {"loss": product.mean(), "total": product.mean()}

    precision = choose_precision("bf16", torch.device("cpu"))
    module = Halved()
    part = Part("main", ("loss",), False, {"x": 0})
    gradients.accumulate(
        module, part, {"x": torch.ones(2, 4)}, 1, precision, Ranks(0, 1, torch.device("cpu"))
    )
    assert seen == {"embed": torch.bfloat16, "combine": torch.float32}
    assert module.map.weight.grad is not None and module.map.weight.grad.dtype == torch.float32
