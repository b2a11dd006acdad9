"""Specs compiled and loaded for the tests of numerics and emission, each once a process."""

from __future__ import annotations

import atexit
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.api import Spec, nodes
from vfmc.compiler import Compilation
from vfmc.runtime.data.example import example_batch
from vfmc.runtime.package import Package, load_package
from vfmc.source import Source
from vfmc.syntax.load import load_source

ZOO = Path(__file__).parent.parent / "specs"
TINY = tuple(sorted(path.stem for path in ZOO.glob("*_tiny.yaml")))

_scratch = tempfile.TemporaryDirectory(prefix="vfmc-tests-")
atexit.register(_scratch.cleanup)


def spec(text: str, overrides: dict[str, Any] | None = None) -> Spec:
    """A spec of the zoo by its name, or the one written in `text`."""
    if text.isidentifier():
        source = load_source(ZOO / f"{text}.yaml")
        assert isinstance(source, Source)
        return Spec(source, ZOO, nodes(overrides or {}))
    return Spec(Source("spec.yaml", text), None, nodes(overrides or {}))


def compilation(text: str, level: int = 1, overrides: dict[str, Any] | None = None) -> Compilation:
    """All stages of the compiler, with the ledger and the package in memory."""
    return _compilation(text, level, json.dumps(overrides or {}))


@cache
def _compilation(text: str, level: int, overrides: str) -> Compilation:
    return spec(text, json.loads(overrides)).compile_package(level)


def package(text: str, level: int = 1, overrides: dict[str, Any] | None = None) -> Package:
    """The generated package, imported."""
    return _package(text, level, json.dumps(overrides or {}))


@cache
def _package(text: str, level: int, overrides: str) -> Package:
    made = _compilation(text, level, overrides).package
    assert made is not None
    folder = Path(tempfile.mkdtemp(dir=_scratch.name))
    made.write(folder)
    return load_package(folder)


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """What torch makes without being told a type; constant tables are as precise as it."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def objective(
    text: str, level: int = 1, overrides: dict[str, Any] | None = None, phase: int = 0, seed: int = 0
) -> Any:
    """The objective in float64 and training mode, every weight moved away from where it begins.

    Zero biases and unit gains hide errors; the move is the same at every level, since it depends on names and shapes.
    """
    loaded = package(text, level, overrides)
    torch.manual_seed(seed)
    with default_dtype(torch.float64):
        made = getattr(loaded.objective, loaded.recipe["phases"][phase]["objective"])()
    return disturbed(made.train(), seed)


def disturbed(module: nn.Module, seed: int = 0, size: float = 0.05) -> nn.Module:
    """The module with normal noise on every parameter."""
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for _, weight in sorted(module.named_parameters()):
            weight += size * torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
    return module


def batch(
    text: str, size: int = 4, seed: int = 0, overrides: dict[str, Any] | None = None, phase: int = 0
) -> dict[str, Tensor]:
    """A batch that fits the spec, in float64; masks are drawn by the package's own functions."""
    loaded = package(text, 1, overrides)
    contract = loaded.data.PHASES[loaded.recipe["phases"][phase]["name"]]
    return example_batch(contract, size, seed, dtype=torch.float64, data_module=loaded.data)


def gradients(module: nn.Module) -> dict[str, Tensor]:
    """The gradients by the names of their weights, where there are any."""
    return {name: weight.grad for name, weight in module.named_parameters() if weight.grad is not None}


def distance(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest expected value."""
    assert found.shape == expected.shape, (found.shape, expected.shape)
    return float((found - expected).detach().abs().max() / expected.detach().abs().max().clamp_min(1e-30))


def outcome(
    name: str, level: int, phase: int, steps: int = 2
) -> tuple[list[dict[str, float]], dict[str, Tensor], dict[str, Tensor]]:
    """Losses and the last gradients of a few steps of gradient descent, and the state after them."""
    made = objective(name, level, phase=phase)
    descent = torch.optim.SGD([weight for weight in made.parameters() if weight.requires_grad], lr=0.05)
    losses = []
    for step in range(steps):
        found = made(batch(name, 5, seed=step, phase=phase))
        descent.zero_grad()
        found["total"].backward()
        losses.append({name: loss.item() for name, loss in found.items()})
        descent.step()
        made.after_step(step)
    return losses, gradients(made), made.state_dict()


def assert_levels_agree(name: str, phase: int = 0) -> None:
    """Losses, gradients and state of a few steps at -O0, -O1 and -O2 differ by rounding alone."""
    losses, slopes, state = outcome(name, 0, phase)
    for level in (1, 2):
        others, theirs, reached = outcome(name, level, phase)
        for one, other in zip(losses, others, strict=True):
            assert set(one) == set(other)
            for key, value in one.items():
                assert abs(other[key] - value) <= 1e-12 * abs(value), key
        assert list(reached) == list(state)
        assert set(theirs) == set(slopes)
        # The bias of a key, or one before a batch norm, has no gradient in exact arithmetic: what is left of it is the rounding of others.
        largest = max(float(gradient.abs().max()) for gradient in slopes.values())
        for key, gradient in slopes.items():
            floor = max(1e-2 * largest, 1e-3)
            assert (theirs[key] - gradient).abs().max() < 1e-12 * max(float(gradient.abs().max()), floor), key
        for key, tensor in state.items():
            assert distance(reached[key].double(), tensor.double()) < 1e-12, key
