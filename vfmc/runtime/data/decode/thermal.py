"""Thermal pictures: from a file or an array to uint8 `[1, H, W]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vfmc.runtime.data.decode.files import holds_array, is_file, load_array, opened
from vfmc.runtime.data.decode.image import to_tensor
from vfmc.runtime.data.errors import SampleError


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file, a Pillow image or an array `[H, W]`. 8 bits stay as they are (colours become their luma, as infrared JPEGs are grey);
    more are brought to 8 by the input's `range`.
    """
    if is_file(value):
        value = load_array(value) if holds_array(value) else Image.open(opened(value))
    if isinstance(value, Image.Image):
        if not value.mode.startswith("I") and value.mode != "F":
            return to_tensor(value, 1)
        value = np.asarray(value)
    array = value.numpy() if isinstance(value, Tensor) else np.asarray(value)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise SampleError(
            f"a thermal picture is one number a pixel, [H, W], not {array.dtype} {list(array.shape)}"
        )
    if array.dtype != np.uint8:
        low, high = entry.get("range") or (0.0, 65535.0)
        share = (array.astype(np.float64) - low) / (high - low)
        array = np.rint(np.clip(np.nan_to_num(share), 0, 1) * 255).astype(np.uint8)
    return torch.from_numpy(np.ascontiguousarray(array))[None]
