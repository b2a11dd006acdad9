"""From what a source hands over to what views take: one file a medium, found by its name.

`MEDIUM.py` gives `decode(value, entry)`, where `entry` is the input's in `INPUTS`. It raises `SampleError` for a value that cannot be
used, which `Reader` counts; `DataError` where no sample could be.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from vfmc.runtime.data.decode.image import to_tensor

__all__ = ["MEDIA", "decode", "to_tensor"]

MEDIA = ("image", "depth", "thermal", "audio", "signal", "video")
"""Kinds of inputs that are decoded and go through views; texts and labels are used as they are."""


def decode(value: Any, entry: Mapping[str, Any]) -> Any:
    """One input of a sample: image and thermal uint8 `[C, H, W]`, depth float32 `[1, H, W]`, audio and signal float32 `[C, L]` at
    the declared rate, video a `Film`; a text or a label as it is.
    """
    if entry["kind"] not in MEDIA:
        return value
    return importlib.import_module(f"{__name__}.{entry['kind']}").decode(value, entry)
