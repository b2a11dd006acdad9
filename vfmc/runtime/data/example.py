"""A random batch that fits the contract: for export, for tests, for a first look at a compiled objective."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.masks import draw_masks
from vfmc.runtime.random import key, keys, stream, uniform


def example_batch(
    contract_phase: Mapping[str, Any],
    size: int,
    seed: int = 0,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
    data_module: ModuleType | None = None,
) -> dict[str, Tensor]:
    """A random but valid batch of `size` samples for one entry of `PHASES`, a pure function of the arguments.

    Soft labels sum to 1. Images are uniform with mean 0 and variance 1, as `dtype`. Ids lie below `below`; a text whose entry names
    an `end` id has exactly one, followed by its `pad` (default 0). Indices of one mask are ascending and,
    where their counts add up, a partition. With `data_module` the masks are drawn by its own functions from
    the samples' keys, as in training.
    """
    secrets = keys(key(seed, stream("example")), np.arange(size, dtype=np.int64))
    fields: Mapping[str, Mapping[str, Any]] = contract_phase["batch"]
    batch: dict[str, Tensor] = {}
    if data_module is not None:
        batch = draw_masks(data_module, contract_phase, torch.from_numpy(secrets))
    for name, entry in fields.items():
        if name not in batch and entry["kind"] == "indices":
            batch |= _indices(name.partition(".")[0], fields, secrets)
    for name, entry in fields.items():
        if name not in batch:
            batch[name] = _field(name, entry, secrets)
    return {name: _place(batch[name], device, dtype) for name in fields}


def _place(value: Tensor, device: str | torch.device, dtype: torch.dtype) -> Tensor:
    return value.to(device=device, dtype=dtype if value.is_floating_point() else value.dtype)


def _field(name: str, entry: Mapping[str, Any], secrets: np.ndarray) -> Tensor:
    size = len(secrets)
    kind, shape, views = entry["kind"], list(entry["shape"]), entry["dims"][:1] == ["V"]
    if kind == "key":
        return torch.from_numpy(secrets)
    number = int(np.prod(shape)) if shape else 1
    noise = uniform(secrets, stream("example", name), number).reshape([size, *shape])
    if views:
        noise = np.ascontiguousarray(np.moveaxis(noise, 1, 0))
    if kind == "text" and entry.get("end") is not None:
        return torch.from_numpy(_text(noise, entry, uniform(secrets, stream("example", name, "length"), 1)))
    if kind == "label" and shape:  # shares of classes
        return torch.from_numpy(noise / noise.sum(-1, keepdims=True))
    if entry["dtype"].startswith("int"):
        return torch.from_numpy((noise * entry.get("below", 2)).astype(np.int64))
    if entry["dtype"] == "bool":
        return torch.from_numpy(noise < 0.5)
    return torch.from_numpy((2 * noise - 1) * np.sqrt(3.0))


def _text(noise: np.ndarray, entry: Mapping[str, Any], lengths: np.ndarray) -> np.ndarray:
    """Ids `[B, L]`: a start (if the entry names one), words, one end, padding."""
    length = noise.shape[-1]
    special = [entry[name] for name in ("start", "end", "pad") if entry.get(name) is not None] + [
        entry.get("pad", 0)
    ]
    words = np.setdiff1d(np.arange(entry["below"]), special)
    ids = words[(noise * len(words)).astype(np.int64)]
    if entry.get("start") is not None:
        ids[:, 0] = entry["start"]
    first = min(1 if entry.get("start") is None else 2, length - 1)
    ends = first + (lengths * (length - first)).astype(np.int64)  # [B, 1]
    places = np.arange(length)[None]
    ids = np.where(places == ends, entry["end"], ids)
    return np.where(places > ends, entry.get("pad", 0), ids)


def _indices(mask: str, fields: Mapping[str, Mapping[str, Any]], secrets: np.ndarray) -> dict[str, Tensor]:
    """Slices of one random permutation for the index fields of `mask`, each ascending; a slice starts over
    where ids run out.
    """
    members = {
        name: entry
        for name, entry in fields.items()
        if entry["kind"] == "indices" and name.partition(".")[0] == mask
    }
    below = max(entry["below"] for entry in members.values())
    copies = max(entry["shape"][0] if entry["dims"][0] == "V" else 1 for entry in members.values())
    noise = uniform(secrets, stream("example", mask), copies * below).reshape(len(secrets), copies, below)
    shuffled = torch.from_numpy(noise).argsort(dim=-1).transpose(0, 1)  # [V, B, below]
    drawn, start = {}, 0
    for name, entry in members.items():
        count = entry["shape"][-1]
        start = start if start + count <= below else 0
        chosen = shuffled[..., start : start + count].sort(dim=-1).values
        drawn[name] = chosen if entry["dims"][0] == "V" else chosen[0]
        start += count
    return drawn
