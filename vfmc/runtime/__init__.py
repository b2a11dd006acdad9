"""Everything that runs beside a generated package: data, training, checkpoints, evaluation, and trained
models in use.

It imports torch, and nothing of the compiler but `vfmc.source`. The contract with generated packages stands
in docs/contracts.md.
Evaluations are `vfmc.runtime.evaluate.evaluate(run)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vfmc.runtime.errors import CheckpointError, PackageError, RunError, TrainingStopped
    from vfmc.runtime.loop import Result, train
    from vfmc.runtime.package import ABI, Package, load_package
    from vfmc.runtime.trained import Trained, open_run

_HOMES = {
    "CheckpointError": "errors", "PackageError": "errors", "RunError": "errors", "TrainingStopped": "errors",
    "Result": "loop", "train": "loop", "ABI": "package", "Package": "package",
    "load_package": "package", "Trained": "trained", "open_run": "trained",
}  # fmt: skip

__all__ = [
    "ABI", "CheckpointError", "Package", "PackageError", "Result", "RunError", "Trained", "TrainingStopped",
    "load_package", "open_run", "train",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Imports a name when it is first used: a data worker needs no loop, and an error class no torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
