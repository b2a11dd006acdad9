"""Checkpoints: written whole or not at all, found again newest first, refused when they hold something else.

A folder `step-00000100` holds `weights.safetensors` (the objective's state dict), `state.safetensors` (what
the optimiser keeps, as `weight/slot`) and `state.json` (counters, loss scale, and size and hash of the other
two; written after them). It is written under a name that begins with `.tmp-`, brought to the disk, and
renamed: a folder `step-...` is complete unless the disk lost something.

`VFMC_TEST_KILL=POINT@STEP` ends the process by SIGKILL at that point; the tests of resuming use it. Points:
`step` (loop.py), `begin`, `weights`, `state`, `renamed`, `last`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vfmc.runtime import files
from vfmc.runtime.errors import CheckpointError
from vfmc.runtime.run_folder import RunFolder

WEIGHTS, STATE, NOTES = "weights.safetensors", "state.safetensors", "state.json"
Slots = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Checkpoint:
    """One complete checkpoint. `notes` is its `state.json`; `step` counts the optimiser steps behind it."""

    folder: Path
    step: int
    notes: dict[str, Any]

    def load_weights(self, objective: nn.Module) -> None:
        """Puts the weights into the objective. Raises `CheckpointError` with the difference if names or
        shapes are others.
        """
        load_weights(objective, self.folder / WEIGHTS)

    def optimizer_state(self) -> Slots:
        """What the optimiser kept, by weight name, on the CPU."""
        slots: Slots = {}
        for key, tensor in load_file(self.folder / STATE).items():
            name, slot = key.rsplit("/", 1)
            slots.setdefault(name, {})[slot] = tensor
        for name, numbers in self.notes["optimizer"]["numbers"].items():
            slots.setdefault(name, {}).update(numbers)
        return slots


def name_of(step: int) -> str:
    return f"step-{step:08d}"


def save(
    run: RunFolder,
    step: int,
    objective: nn.Module,
    slots: Slots,
    notes: dict[str, Any],
    about: dict[str, str],
    keep: int,
) -> Path:
    """Writes the checkpoint after `step` steps, points `last` at it, and removes all but the newest `keep`.

    `slots` is the optimiser's state by weight name, `notes` goes to `state.json`, `about` into the header of
    the weights. Call it on one rank.
    """
    kill_point("begin", step)
    run.checkpoints.mkdir(exist_ok=True)
    folder, temporary = run.checkpoints / name_of(step), run.checkpoints / f".tmp-{name_of(step)}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    weights = _owned(objective)
    save_file(
        {name: _plain(tensor) for name, tensor in weights.items()},
        temporary / WEIGHTS,
        {**about, "step": str(step)},
    )
    kill_point("weights", step)
    tensors = {
        f"{name}/{slot}": _plain(v)
        for name, own in slots.items()
        for slot, v in own.items()
        if isinstance(v, Tensor)
    }
    numbers = {
        name: {slot: v for slot, v in own.items() if not isinstance(v, Tensor)} for name, own in slots.items()
    }
    save_file(tensors, temporary / STATE)
    kill_point("state", step)
    seals = {name: _seal(temporary / name) for name in (WEIGHTS, STATE)}
    optimizer = {**notes.get("optimizer", {}), "numbers": {name: own for name, own in numbers.items() if own}}
    files.write_json(temporary / NOTES, {**notes, "step": step, "optimizer": optimizer, "files": seals})
    for name in (WEIGHTS, STATE):
        files.sync(temporary / name)
    files.sync_folder(temporary)
    if folder.exists():
        _remove(folder)
    os.replace(temporary, folder)
    files.sync_folder(run.checkpoints)
    kill_point("renamed", step)
    files.write(run.last, folder.name + "\n")
    kill_point("last", step)
    for old in found(run)[max(1, keep) :]:
        _remove(old)
    return folder


def found(run: RunFolder) -> list[Path]:
    """The folders of checkpoints, newest first; what a killed save has left is not among them."""
    if not run.checkpoints.is_dir():
        return []
    return sorted(
        (p for p in run.checkpoints.glob("step-*") if p.is_dir()), key=lambda p: p.name, reverse=True
    )


def newest(run: RunFolder, notes: list[str] | None = None) -> Checkpoint | None:
    """The newest undamaged checkpoint, or None if there is none. What was passed over is told in `notes`.

    Raises `CheckpointError` if there are checkpoints and all are damaged.
    """
    folders = found(run)
    for index, folder in enumerate(folders):
        try:
            return open_checkpoint(folder)
        except CheckpointError as error:
            if index + 1 == len(folders):
                raise CheckpointError(
                    f"no checkpoint of {run.path} can be used; the last one tried: {error}"
                ) from error
            if notes is not None:
                notes.append(f"{error}: going back to {folders[index + 1].name}")
    return None


def newest_folder(run: RunFolder) -> tuple[list[str], Path | None]:
    """What `newest` passes over, and the folder that it finds: what one rank tells the others."""
    notes: list[str] = []
    found = newest(run, notes)
    return notes, None if found is None else found.folder


def open_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint in a folder, its files checked against their sizes and hashes. Raises `CheckpointError`
    if it is damaged.
    """
    try:
        notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
        seals, step = notes["files"], int(notes["step"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"the checkpoint {folder.name} is damaged ({NOTES}: {type(error).__name__})"
        ) from error
    for name in (WEIGHTS, STATE):
        try:
            seal = _seal(folder / name)
        except OSError:
            raise CheckpointError(f"the checkpoint {folder.name} is damaged ({name} is missing)") from None
        if seal != seals.get(name):
            what = "its length" if seal["bytes"] != seals.get(name, {}).get("bytes") else "its content"
            raise CheckpointError(
                f"the checkpoint {folder.name} is damaged ({name}: {what} has changed since it was written)"
            )
    return Checkpoint(folder, step, notes)


def load_weights(objective: nn.Module, path: Path) -> None:
    """Puts a file of weights into the objective, all of them. Raises `CheckpointError` with the difference if
    they do not fit.
    """
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} cannot be read ({error})") from None
    own = _owned(objective)
    lines = [
        f"- {name} {list(t.shape)}: only in the checkpoint" for name, t in weights.items() if name not in own
    ]
    lines += [
        f"+ {name} {list(t.shape)}: only in the objective" for name, t in own.items() if name not in weights
    ]
    lines += [
        f"! {name}: {list(weights[name].shape)} in the checkpoint, {list(t.shape)} in the objective"
        for name, t in own.items()
        if name in weights and weights[name].shape != t.shape
    ]
    if lines:
        shown = "\n  ".join([*lines[:12], *([f"... and {len(lines) - 12} more"] if len(lines) > 12 else [])])
        raise CheckpointError(f"{path.parent.name} holds other weights than the objective:\n  {shown}")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(weights[name])


def header(path: Path) -> dict[str, str]:
    """What the header of a file of weights says: name, step, spec hash, version."""
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata() or {})


def kill_point(name: str, step: int) -> None:
    """Ends the process here if a test asks for it (see the top of this file)."""
    if os.environ.get("VFMC_TEST_KILL") == f"{name}@{step}":
        os.kill(os.getpid(), signal.SIGKILL)


def _owned(objective: nn.Module) -> dict[str, Tensor]:
    """The state dict with every tensor once, under the first of its names."""
    owned: dict[str, Tensor] = {}
    seen: set[tuple[int, torch.Size, tuple[int, ...]]] = set()
    for name, tensor in objective.state_dict().items():
        place = (tensor.data_ptr(), tensor.shape, tensor.stride())
        if tensor.numel() == 0 or place not in seen:
            seen.add(place)
            owned[name] = tensor
    return owned


def _plain(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous()


def _seal(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _remove(folder: Path) -> None:
    doomed = folder.with_name(f".tmp-old-{folder.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    os.replace(folder, doomed)
    shutil.rmtree(doomed, ignore_errors=True)
