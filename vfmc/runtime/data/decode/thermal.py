"""Thermal pictures: from a file or an array to uint8 `[1, H, W]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vfmc.runtime.data.decode.files import holds_array, is_file, load_array
from vfmc.runtime.data.decode.image import opened_image, to_tensor
from vfmc.runtime.data.errors import SampleError


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file, a Pillow image or an array `[H, W]`. 8 bits stay as they are (of three channels that are alike, as infrared JPEGs have);
    more are brought to 8 by the input's `range`, without which 16 bits have their own and others none.
    """
    if is_file(value):
        value = load_array(value) if holds_array(value) else opened_image(value)
    if isinstance(value, Image.Image):
        if not value.mode.startswith("I") and value.mode != "F":
            return _grey(value)
        value = np.asarray(value)
    array = value.numpy() if isinstance(value, Tensor) else np.asarray(value)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise SampleError(
            f"a thermal picture is one number a pixel, [H, W], not {array.dtype} {list(array.shape)}"
        )
    if array.dtype != np.uint8:
        array = _bytes(array, entry.get("range"))
    return torch.from_numpy(np.ascontiguousarray(array))[None]


_COLOUR = 16
"""How far channels of a grey picture may lie apart in the mean, as its compression leaves them."""


def _grey(image: Image.Image) -> Tensor:
    """uint8 `[1, H, W]`. Raises `SampleError` for a picture in false colours, whose brightness is no reading."""
    if image.mode not in ("1", "L", "LA"):
        pixels = np.asarray(image.convert("RGB"), np.int16)
        if (pixels.max(-1) - pixels.min(-1)).mean() > _COLOUR:
            raise SampleError(
                "the picture is in (false) colours, whose brightness is not the temperature:"
                " take the readings themselves, or map the colours back to one channel first"
            )
    return to_tensor(image, 1)


def _bytes(array: np.ndarray, range: Sequence[float] | None) -> np.ndarray:
    """Readings to bytes: the `range` becomes 0 to 255. What is not finite becomes 0.

    Raises `SampleError` for readings whose range is not known, or that lie outside it altogether.
    """
    array = array.astype(np.float64) if array.dtype.kind == "f" else array
    there = array[np.isfinite(array)]
    if not there.size:
        raise SampleError("the thermal picture holds no number that is finite")
    found = f"{there.min():g} to {there.max():g}"
    if range is None and array.dtype != np.uint16 and not (array.dtype.kind in "iu" and _fits(there)):
        raise SampleError(
            f"its readings ({found}) do not say which become black and white: write `range: [LOW, HIGH]` on the"
            " input, the same for all files"
        )
    low, high = range or (0.0, 65535.0)
    if there.max() < low or there.min() > high:
        raise SampleError(f"its readings ({found}) all lie outside `range: [{low:g}, {high:g}]` of the input")
    share = (array - low) / (high - low)
    return np.rint(np.clip(np.nan_to_num(share, nan=0.0), 0, 1) * 255).astype(np.uint8)


def _fits(whole: np.ndarray) -> bool:
    """Whether whole numbers are of 16 bits, as some readers of PNG files give them with 32."""
    return bool(whole.min() >= 0 and whole.max() <= 65535)
