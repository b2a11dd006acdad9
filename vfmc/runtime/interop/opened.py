"""The objective whose weights are exported: of a run, or of a package and a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from vfmc.runtime.errors import RunError
from vfmc.runtime.interop.reading import read
from vfmc.runtime.interop.writing import save
from vfmc.runtime.package import load_package
from vfmc.runtime.trained import open_run


def of_run(run: str | Path, step: int | None = None) -> nn.Module:
    """The objective of a run's checkpoint on the CPU, in eval mode."""
    return open_run(run, "cpu", step).objective


def of_file(package: str | Path, weights: str | Path) -> nn.Module:
    """The objective of a package with the weights of a file under our names; towers that the file lacks are not there.

    Raises `RunError` where the file holds other names or shapes.
    """
    objective = load_package(package).build_objective(0)
    given, _ = read(weights)
    own = objective.state_dict()
    strange = [name for name in given if name not in own]
    if strange:
        raise RunError(
            f"{weights} holds `{strange[0]}`, which is no weight of the spec ({len(strange)} such): bring it under our names "
            "with `vfmc import` first"
        )
    wrong = [name for name, tensor in given.items() if tensor.shape != own[name].shape]
    if wrong:
        name = wrong[0]
        raise RunError(
            f"{weights}: {name} is {list(given[name].shape)}, and {list(own[name].shape)} in the spec ({len(wrong)} such)"
        )
    whole = {name.partition(".")[0] for name in given}
    lacking = [name for name in own if name.partition(".")[0] in whole and name not in given]
    if lacking:
        raise RunError(
            f"{weights} lacks {lacking[0]} ({len(lacking)} such), and a model with weights as they begin is no export"
        )
    with torch.no_grad():
        for name, tensor in given.items():
            own[name].copy_(tensor)
    objective.vfmc_given = frozenset(given)  # type: ignore[assignment]
    return objective.eval()


def weights_of(objective: nn.Module) -> dict[str, Tensor]:
    """The state dict without what the file that it was opened from does not hold."""
    given = getattr(objective, "vfmc_given", None)
    return {name: each for name, each in objective.state_dict().items() if given is None or name in given}


def need(objective: nn.Module, towers: Mapping[str, Iterable[str]]) -> None:
    """Raises `RunError` where a tower (name -> its modules) has weights that the file does not hold: they are as they begin."""
    there = weights_of(objective)
    for tower, modules in towers.items():
        prefixes = tuple(f"{name}." for name in modules)
        own = [name for name in objective.state_dict() if prefixes and name.startswith(prefixes)]
        if any(name not in there for name in own):
            raise RunError(
                f"the file of weights holds nothing of the tower `{tower}`, which would be written as it begins: "
                "name the towers that it holds with `--tower`"
            )


def plain(objective: nn.Module, folder: Path, towers: Iterable[str] = ()) -> list[Path]:
    """The weights under our own names, of some towers or all."""
    prefixes = tuple(f"{name}." for name in towers)
    weights = {
        name: each
        for name, each in weights_of(objective).items()
        if not prefixes or name.startswith(prefixes)
    }
    if not weights:
        raise RunError(f"there is no tower {', '.join(towers)}")
    return save(folder, "weights.safetensors", weights)
