"""Files of weights: safetensors, whole or in shards, and torch's own; nothing in them is executed."""

from __future__ import annotations

import argparse
import json
import pickle
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from vfmc.runtime.errors import RunError

WRAPPERS = ("state_dict", "model", "module", "net", "weights")  # what training codes put a state dict into
PREFIX = "module."  # of DistributedDataParallel
FILES = (  # what a folder of weights holds, in the order in which it is looked for
    "model.safetensors", "open_clip_model.safetensors", "weights.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "open_clip_pytorch_model.bin",
)  # fmt: skip


def read(path: str | Path, inside: Iterable[str] = ()) -> tuple[dict[str, Tensor], Path]:
    """The tensors of a file or folder by name, and the folder that its settings lie in.

    `inside` names the entries that a layout keeps its weights in, in order of preference. Raises `RunError` for what is
    no such file, is damaged, or holds more than tensors.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        found = next((path / name for name in FILES if (path / name).is_file()), None)
        if found is None:
            single = sorted([*path.glob("*.safetensors"), *path.glob("*.pth"), *path.glob("*.pt")])
            if len(single) != 1:
                raise RunError(
                    f"{path} holds no weights that are known by name ({', '.join(FILES)}): name the file itself"
                )
            found = single[0]
        path = found
    if not path.is_file():
        raise RunError(f"there is no file {path}")
    if path.name.endswith(".index.json"):
        return _plain(_sharded(path), path), path.parent
    if path.suffix == ".safetensors":
        return _plain(_safe(path), path), path.parent
    if path.suffix in (".json", ".yaml", ".yml", ".txt"):
        raise RunError(
            f"{path} is a text, which holds no weights: name the file of the weights, or the folder of both"
        )
    return _plain(_unwrapped(_torch(path), tuple(inside), path), path), path.parent


def _safe(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise RunError(f"{path} cannot be read as safetensors ({error})") from None


def _sharded(path: Path) -> dict[str, Tensor]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
        places = {str(name): str(file) for name, file in table.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{path} is no index of shards: it has no `weight_map`") from None
    found: dict[str, Tensor] = {}
    for file in sorted(set(places.values())):
        if Path(file).name != file or file in ("", ".", ".."):
            raise RunError(f"{path} names the shard `{file}`, which does not lie beside it")
        if not (path.parent / file).is_file():
            raise RunError(f"{path} names the shard {file}, which is not there")
        found |= _safe(path.parent / file)
    lacking = sorted(set(places) - set(found))
    if lacking:
        raise RunError(f"{path} promises {lacking[0]}, which is in no shard ({len(lacking)} such)")
    return found


def _torch(path: Path) -> Any:
    try:
        with torch.serialization.safe_globals(
            [argparse.Namespace]
        ):  # settings of MAE's and DINO's checkpoints
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        said = str(error)
        start = said.find("GLOBAL ")
        what = said[start + 7 :].split()[0] if start >= 0 else ""
        raise RunError(
            f"{path} holds more than tensors{f' ({what})' if what else ''}, and is not opened: what is pickled can run code. "
            "Where you trust it, save its state dict alone with safetensors"
        ) from None
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        if "TorchScript" in str(error):
            raise RunError(
                f"{path} is a TorchScript archive, which is code: open it with torch.jit.load where you trust it and save its "
                "state dict with safetensors"
            ) from None
        raise RunError(f"{path} cannot be read by torch ({' '.join(str(error).split())[:200]})") from None


def _unwrapped(value: Any, inside: tuple[str, ...], path: Path) -> dict[str, Any]:
    """The state dict in a checkpoint: the value itself, or what stands under a known name, one in another."""
    for _ in range(4):
        if not isinstance(value, dict):
            break
        if any(isinstance(each, Tensor) for each in value.values()):
            return value
        key = next((name for name in (*inside, *WRAPPERS) if isinstance(value.get(name), dict)), None)
        if key is None:
            names = ", ".join(map(str, list(value)[:6])) or "nothing"
            raise RunError(f"{path} holds no state dict: it has {names}")
        value = value[key]
    raise RunError(f"{path} holds a {type(value).__name__}, not tensors by name")


def _plain(weights: dict[str, Any], path: Path) -> dict[str, Tensor]:
    odd = [
        str(name)
        for name, each in weights.items()
        if not isinstance(each, Tensor) or not isinstance(name, str)
    ]
    if odd:
        raise RunError(f"{path}: `{odd[0]}` is no tensor ({len(odd)} such)")
    if not weights:
        raise RunError(f"{path} holds no tensor")
    bare = all(name.startswith(PREFIX) for name in weights)
    return {name.removeprefix(PREFIX) if bare else name: each for name, each in weights.items()}
