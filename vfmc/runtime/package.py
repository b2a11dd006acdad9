"""A generated package, imported from its folder and checked against this runtime."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import itertools
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from vfmc.runtime.errors import PackageError

ABI = 1
"""The version of the contract in docs/contracts.md that this runtime speaks."""

Recipe = dict[str, Any]
_loads = itertools.count()


@dataclass(frozen=True, eq=False)
class Package:
    """The modules and the recipe of one generated package.

    `model` holds the towers, `objective` the losses, `data` the batch contract, `recipe` is `recipe.json`,
    `folder` is absolute.
    """

    model: ModuleType
    objective: ModuleType
    data: ModuleType
    recipe: Recipe
    folder: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return load_package, (self.folder,)  # modules do not pickle: another process imports the folder anew

    @property
    def name(self) -> str:
        return str(self.recipe.get("name", self.folder.name))

    def build_objective(
        self,
        seed: int | None = None,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        phase: str | None = None,
    ) -> nn.Module:
        """The objective of `phase` (the first one if not given), its weights drawn from torch's generator at
        `seed`.

        The weights are drawn on the CPU in float32, so they do not depend on the device; the generator of the
        caller is left as it was. Raises `PackageError` for a phase that does not exist.
        """
        phases = self.recipe["phases"]
        names = [entry["name"] for entry in phases]
        if phase is not None and phase not in names:
            raise PackageError(f"{self.name} has no phase '{phase}': it has {', '.join(names)}")
        entry = phases[0 if phase is None else names.index(phase)]
        kind = getattr(self.objective, entry.get("objective", "Objective"))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.get("seed", 0) if seed is None else seed)
            try:
                with self.blame():
                    objective: nn.Module = kind()
            except ImportError as error:  # of what a library imports late
                if (broken := _broken_library(error, self.folder)) is not None:
                    raise broken from error
                raise
        return objective.to(device=device, dtype=dtype)

    def dims(self, phase: str) -> dict[str, int]:
        """Which dimension of each batch tensor of `phase` counts the samples: `{"crop": 0, "large": 1}`."""
        return {name: entry["dims"].index("B") for name, entry in self.data.PHASES[phase]["batch"].items()}

    def fingerprint(self) -> str:
        """A hash of what decides the numbers: the Python files and the recipe. Equal packages have equal
        fingerprints.
        """
        digest = hashlib.sha256()
        for file in sorted([*self.folder.glob("*.py"), self.folder / "recipe.json"]):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def spec_line(self, file: str, line: int) -> str | None:
        """The place in the spec that made a generated line, `clip.yaml:12 (towers.vision)`: that of the line
        itself, else of the nearest above it that says one. None where `spans.json` is silent.
        """
        lines = _read_spans(self.folder).get(Path(file).name, {})
        above = [number for number in map(int, lines) if number <= line]
        return _place(lines[str(max(above))]) if above else None

    def loss_line(self, loss: str) -> str | None:
        """The place in the spec that declares a loss."""
        for lines in _read_spans(self.folder).values():
            for entry in lines.values():
                if entry.get("path") == f"losses.{loss}":
                    return _place(entry)
        return None

    @contextmanager
    def blame(self) -> Iterator[None]:
        """Errors raised in a generated line gain a note that names the line of the spec that made it."""
        try:
            yield
        except Exception as error:
            trace, note = error.__traceback__, None
            while trace is not None:
                file = trace.tb_frame.f_code.co_filename
                if Path(file).parent == self.folder:
                    note = self.spec_line(file, trace.tb_lineno) or note
                trace = trace.tb_next
            if note is not None:
                error.add_note(f"made by {note}")
            raise


def load_package(folder: str | Path) -> Package:
    """The generated package in `folder`, imported under a name of its own: `sys.path` stays as it is, and two
    packages (or two builds of one) live side by side.

    Raises `PackageError` if the folder holds no package or one of another ABI; the message says what to run.
    """
    folder = Path(folder).resolve()
    missing = [name for name in ("recipe.json", "objective.py", "data.py") if not (folder / name).is_file()]
    if missing:
        raise PackageError(
            f"{folder} is not a package of vfmc ({', '.join(missing)} missing): build one with `vfmc build`"
        )
    try:
        recipe: Recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise PackageError(
            f"{folder / 'recipe.json'} is not JSON ({error}): run `vfmc build` again"
        ) from None
    check_abi(recipe.get("abi"), f"{folder / 'recipe.json'}")
    name = f"vfmc_package_{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}_{next(_loads)}"
    root = _import(name, folder)
    objective, data = root["objective"], root["data"]
    check_abi(getattr(data, "ABI", None), f"{folder / 'data.py'}")
    for phase in recipe["phases"]:
        kind = getattr(objective, phase.get("objective", "Objective"), None)
        if kind is None:
            raise PackageError(
                f"{folder / 'objective.py'} has no class {phase.get('objective')}: run `vfmc build` again"
            )
        check_abi(getattr(kind, "ABI", None), f"{folder / 'objective.py'}")
        if phase["name"] not in data.PHASES:
            raise PackageError(f"{folder / 'data.py'} has no phase '{phase['name']}': run `vfmc build` again")
    return Package(root.get("model", objective), objective, data, recipe, folder)


def check_abi(found: object, where: str) -> None:
    """Raises `PackageError` with the command to run unless `found` is this runtime's ABI."""
    if found == ABI:
        return
    if isinstance(found, int) and found > ABI:
        raise PackageError(
            f"{where} was made by a newer vfmc (ABI {found}, this runtime speaks {ABI}): run `pip install "
            "--upgrade vfmc`"
        )
    said = f"ABI {found}" if isinstance(found, int) else "no ABI"
    raise PackageError(
        f"{where} was made by an older vfmc ({said}, this runtime speaks {ABI}): run `vfmc build` on its "
        "spec again"
    )


def _import(name: str, folder: Path) -> dict[str, ModuleType]:
    """Imports the folder as the package `name`, and its modules; leaves no byte code behind and nothing at
    all on failure.
    """
    init = folder / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        name, init if init.is_file() else None, submodule_search_locations=[str(folder)]
    ) or importlib.machinery.ModuleSpec(name, None, is_package=True)
    if spec.submodule_search_locations is None or not spec.submodule_search_locations:
        spec.submodule_search_locations = [str(folder)]
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        package = importlib.util.module_from_spec(spec)
        sys.modules[name] = package
        if spec.loader is not None and init.is_file():
            spec.loader.exec_module(package)
        names = [stem for stem in ("model", "objective", "data") if (folder / f"{stem}.py").is_file()]
        return {stem: importlib.import_module(f"{name}.{stem}") for stem in names}
    except Exception as error:
        for key in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[key]
        if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith(name):
            raise PackageError(
                f"the model of {folder.name} needs `{error.name}`, which is not there: install it, or put the folder that holds it on PYTHONPATH"
            ) from error
        if (broken := _broken_library(error, folder)) is not None:
            raise broken from error
        raise PackageError(f"{folder} does not import ({_said(error)}): run `vfmc build` again") from error
    finally:
        sys.dont_write_bytecode = before


def _broken_library(error: BaseException, folder: Path) -> PackageError | None:
    """What to raise where the error comes from a library that a file of the package called: its installation is broken."""
    frames = [(frame.f_code.co_filename, frame.f_globals) for frame, _ in walk_tb(error.__traceback__)]
    own = max((n for n, (file, _) in enumerate(frames) if Path(file).parent == folder), default=len(frames))
    names = [str(known.get("__name__", "")).partition(".")[0] for _, known in frames[own + 1 :]]
    library = next((name for name in names if name not in ("", "importlib", "torch", "vfmc")), None)
    if library is None:
        return None
    return PackageError(
        f"the model of {folder.name} needs `{library}`, which does not work here: mend its installation ({_said(error)})"
    )


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _read_spans(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """`{"objective.py": {"12": {"spec": "clip.yaml", "line": 12, "path": "losses.clip"}}}`, or nothing."""
    try:
        table = json.loads((folder / "spans.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def _place(entry: dict[str, Any]) -> str:
    return f"{entry['spec']}:{entry['line']} ({entry['path']})"


def to_device(
    batch: dict[str, Tensor], device: torch.device, dtype: torch.dtype | None = None
) -> dict[str, Tensor]:
    """The batch on `device`, its real numbers as `dtype` if one is given; copies from pinned memory do not
    block.
    """
    moved = {}
    for name, tensor in batch.items():
        kind = dtype if dtype is not None and tensor.is_floating_point() else None
        moved[name] = tensor.to(device=device, dtype=kind, non_blocking=True)
    return moved
