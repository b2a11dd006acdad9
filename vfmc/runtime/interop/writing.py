"""Writes weights and the settings beside them: safetensors, in shards where they are large, or torch's own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from vfmc.runtime import files
from vfmc.runtime.errors import RunError

SHARD = 5_000_000_000  # bytes, as transformers cuts


def save(
    folder: Path,
    name: str,
    weights: Mapping[str, Tensor],
    settings: Mapping[str, dict[str, Any]] | None = None,
    wrap: str = "",
    about: Mapping[str, str] | None = None,
    shard: int = SHARD,
) -> list[Path]:
    """Writes `weights` as `folder/name` and every one of `settings` beside it; gives the paths.

    A name that ends in .pth or .pt is written by torch, in an entry `wrap`. Raises `RunError` where nothing can be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if name.endswith((".pth", ".pt")):
            torch.save({wrap: dict(weights)} if wrap else dict(weights), folder / name)
            made = [folder / name]
        else:
            made = _safetensors(folder, name, weights, {"format": "pt", **(about or {})}, shard)
        for file, content in (settings or {}).items():
            files.write(folder / file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
            made.append(folder / file)
    except OSError as error:
        raise RunError(
            f"cannot write {error.filename or folder}: {(error.strerror or str(error)).lower()}"
        ) from None
    return made


def _safetensors(
    folder: Path, name: str, weights: Mapping[str, Tensor], about: dict[str, str], shard: int
) -> list[Path]:
    parts: list[dict[str, Tensor]] = [{}]
    filled = 0
    for key, tensor in weights.items():
        if parts[-1] and filled + tensor.nbytes > shard:
            parts.append({})
            filled = 0
        parts[-1][key] = tensor.contiguous()
        filled += tensor.nbytes
    if len(parts) == 1:
        save_file(parts[0], folder / name, about)
        return [folder / name]
    stem = name.removesuffix(".safetensors")
    places: dict[str, str] = {}
    made = []
    for number, part in enumerate(parts, 1):
        file = f"{stem}-{number:05d}-of-{len(parts):05d}.safetensors"
        save_file(part, folder / file, about)
        places |= dict.fromkeys(part, file)
        made.append(folder / file)
    index = {
        "metadata": {"total_size": sum(tensor.nbytes for tensor in weights.values())},
        "weight_map": places,
    }
    files.write_json(folder / f"{name}.index.json", index)
    return [*made, folder / f"{name}.index.json"]
