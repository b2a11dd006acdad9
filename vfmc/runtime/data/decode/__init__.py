"""From what a source hands over to what views take: one file a medium, found by its name.

`MEDIUM.py` gives `decode(value, entry)`, where `entry` is the input's in `INPUTS`. It raises `SampleError` for a value that cannot be
used, which `Reader` counts; `DataError` where no sample could be.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from vfmc.runtime.data.decode.image import to_tensor

__all__ = ["MEDIA", "blank", "decode", "to_tensor"]

MEDIA = ("image", "depth", "thermal", "audio", "signal", "video", "camera")
"""Kinds of inputs that are decoded, for views; texts and labels are used as they are."""


def blank(entry: Mapping[str, Any]) -> Any:
    """What stands, decoded, in the place of an input that a sample lacks: a value that views and towers bear, and no loss counts."""
    kind, side = entry["kind"], 32
    if kind in ("image", "thermal"):
        return torch.zeros(entry.get("channels", 3 if kind == "image" else 1), side, side, dtype=torch.uint8)
    if kind == "depth":
        return torch.ones(1, side, side)
    if kind == "camera":
        return torch.ones(2, dtype=torch.float64)
    if kind in ("audio", "signal"):
        return torch.zeros(entry.get("channels", 1), round(float(entry["rate"])))
    if kind == "video":
        from vfmc.runtime.data.decode.video import Array

        return Array(np.zeros((2, side, side, 3), np.uint8), 1.0)
    return BlankLabel(0) if kind == "label" else BlankText("")


class BlankText(str):
    """An empty text that is told from one that a sample has."""


class BlankLabel(int):
    """The label 0 that is told from one that a sample has."""


def decode(value: Any, entry: Mapping[str, Any]) -> Any:
    """One input of a sample: image and thermal uint8 `[C, H, W]`, depth float32 `[1, H, W]`, audio and signal float32 `[C, L]` at
    the declared rate, video a `Film`, a camera float64 `[2]`; a text or a label as it is.
    """
    if entry["kind"] not in MEDIA:
        return value
    return importlib.import_module(f"{__name__}.{entry['kind']}").decode(value, entry)
