"""A tower as a program that needs no vfmc: torch.export (.pt2) or ONNX, with a batch of any size."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime.errors import RunError

CHECKED = 3  # samples that the program is compared on: another batch than the one it is traced with


class Tower(nn.Module):
    """One tower of an objective, masks at their defaults; with `mean` it takes pixels in [0, 1] and normalises them itself."""

    mean: Tensor
    std: Tensor

    def __init__(
        self, objective: nn.Module, name: str, mean: list[float] | None, std: list[float] | None
    ) -> None:
        super().__init__()
        self.objective, self.name = objective, name
        self.inside = mean is not None
        if mean is not None:
            self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
            self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.inside:
            x = (x - self.mean) / self.std
        out: Tensor = self.objective.tower(self.name, x)  # type: ignore[operator]
        return out


def write(
    kind: str, objective: nn.Module, name: str, facts: dict[str, Any], folder: Path, inside: bool = False
) -> tuple[Path, float]:
    """Writes the tower `name` into `folder` and gives the path and the largest difference from the tower itself.

    `facts` says what it reads (`vfmc.interop.roles.tower_facts`). Raises `RunError` where the exporter cannot.
    """
    pixels = inside and facts.get("mean") is not None and facts["medium"] == "image"
    example, other = _example(facts, 2), _example(facts, CHECKED, seed=1)
    objective.eval()  # as a whole, while it is one: it may speak of towers that the program does not hold
    tower = Tower(
        _only(objective, facts["modules"]),
        name,
        facts["mean"] if pixels else None,
        facts["std"] if pixels else None,
    )
    tower.training = False
    about = {key: facts[key] for key in ("medium", "shape", "dtype", "feed")} | {
        "tower": name,
        "normalize": "inside" if pixels else "outside",
    }
    about |= {key: facts[key] for key in ("mean", "std") if facts.get(key)}
    with torch.no_grad():
        expected = tower(other)
    write_one = _onnx if kind == "onnx" else _pt2
    path, found = write_one(tower, name, facts["name"], example, other, folder, about)
    return path, float((found - expected).abs().max())


def _only(module: nn.Module, keep: Iterable[str], path: str = "") -> nn.Module:
    """The module without what stands neither in, above nor below the modules of `keep`: a program holds no weight it does not use."""
    kept = list(keep)
    if path in kept or (path and not any(name.startswith(f"{path}.") for name in kept)):
        return module
    twin = copy.copy(module)
    twin._modules, twin._parameters, twin._buffers = {}, {}, {}
    for name, child in module.named_children():
        inner = f"{path}.{name}" if path else name
        if any(each == inner or each.startswith(f"{inner}.") for each in kept):
            twin._modules[name] = _only(child, kept, inner)
    return twin


def _traced(tower: Tower, example: Tensor) -> torch.export.ExportedProgram:
    """The tower as a graph; strictly, for that keeps `len(x)` of a batch open. Raises `RunError` where it is no graph."""
    try:
        batch = torch.export.Dim("batch", min=1, max=65536)
        return torch.export.export(tower, (example,), dynamic_shapes=({0: batch},), strict=True)
    except Exception as error:
        said = " ".join(str(error).split())
        raise RunError(
            f"torch.export cannot make a program of the tower `{tower.name}`: {said[:300]}"
        ) from None


def _pt2(
    tower: Tower, name: str, input: str, example: Tensor, other: Tensor, folder: Path, about: dict[str, Any]
) -> tuple[Path, Tensor]:
    path = folder / f"{name}.pt2"
    with torch.no_grad():
        made = _traced(tower, example)
        folder.mkdir(parents=True, exist_ok=True)
        torch.export.save(made, path, extra_files={"vfmc.json": json.dumps(about)})
        return path, torch.export.load(path).module()(other)


def _onnx(
    tower: Tower, name: str, input: str, example: Tensor, other: Tensor, folder: Path, about: dict[str, Any]
) -> tuple[Path, Tensor]:
    try:  # all of it before anything is written
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401 - torch's exporter needs it
    except ImportError as error:
        package = "onnxruntime" if error.name == "onnxruntime" else "'vfmc[export]'"
        why = ", which runs the program to compare it" if error.name == "onnxruntime" else ""
        raise RunError(f"ONNX needs the package `{error.name}`{why}: pip install {package}") from None
    path, output = folder / f"{name}.onnx", f"{name.replace('.', '_')}_out"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        made = torch.onnx.export(
            _traced(tower, example),
            dynamo=True,
            input_names=[input],
            output_names=[output],
            verbose=False,
        )
    assert made is not None
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    model = onnx.load(str(path), load_external_data=False)
    symbol = model.graph.input[0].type.tensor_type.shape.dim[0].dim_param or "batch"
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param == symbol:
                dim.dim_param = "batch"
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in about.items()})
    onnx.save(model, str(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return path, torch.from_numpy(session.run(None, {input: other.numpy()})[0])


def _example(facts: dict[str, Any], size: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = [size, *facts["shape"]]
    if facts["dtype"] == "int64":
        ids = torch.randint(facts["below"] or 2, shape, generator=generator)
        ids[:, -1] = facts.get("end") or 0
        return ids
    return torch.rand(shape, generator=generator)
