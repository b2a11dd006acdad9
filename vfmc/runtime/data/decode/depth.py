"""Depth maps: from a file or an array to float32 `[1, H, W]` in metres (or disparities, where the input says so)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vfmc.runtime.data.decode.files import holds_array, is_file, load_array
from vfmc.runtime.data.decode.image import opened_image
from vfmc.runtime.data.errors import SampleError

FARTHEST = 1000  # metres, in whole numbers: what is more is in another unit
NEAREST = 100  # millimetres, in reals: a map with nothing beyond them is in another unit


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file (16-bit PNG, TIFF, npy), a Pillow image or an array `[H, W]` or `[1, H, W]`, in the input's encoding.

    0 stays 0: no reading. Readings beyond `far` metres become `far`; what is not finite or below 0 is no reading.
    """
    encoding = entry.get("encoding", "metres")
    depth = _metres(_array(value), encoding)
    depth = np.where(np.isfinite(depth) & (depth > 0), depth, 0)
    if not depth.any():
        raise SampleError("the depth map has no reading: none of its numbers is finite and above 0")
    if entry.get("far") is not None:
        depth = np.minimum(depth, entry["far"])
    return torch.from_numpy(depth.astype(np.float32))[None]


def _array(value: Any) -> np.ndarray:
    if is_file(value):
        value = load_array(value) if holds_array(value) else opened_image(value)
    if isinstance(value, Image.Image) and value.mode == "P":
        raise SampleError("the picture numbers the colours of a palette, and a depth map holds distances")
    array = value.numpy() if isinstance(value, Tensor) else np.asarray(value)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise SampleError(f"a depth map is one number a pixel, [H, W], not {array.dtype} {list(array.shape)}")
    return array


def _metres(array: np.ndarray, encoding: str) -> np.ndarray:
    if array.dtype.itemsize == 1 and encoding != "disparity":
        raise SampleError(
            f"a depth map in `encoding: {encoding}` has 16 bits or more a pixel, and this one has 8: it is a preview"
            " or was saved as a plain picture, take the original"
        )
    if encoding == "millimetres" and array.dtype.kind == "f":
        farthest = array.max(initial=0, where=np.isfinite(array))
        if 0 < farthest < NEAREST:
            raise SampleError(
                f"reals up to {farthest:.4g} are hardly millimetres: say `encoding: metres` on the input"
            )
    if encoding == "sun_rgbd":
        if array.dtype.kind == "f":
            raise SampleError("maps of SUN RGB-D are whole numbers of 16 bits, and this one holds reals")
        bits = array.astype(np.int64) & 0xFFFF
        array = (bits >> 3 | bits << 13) & 0xFFFF  # its PNG files hold the millimetres rotated by three bits
    if encoding == "metres" and array.dtype.kind in "iu" and array.max(initial=0) > FARTHEST:
        raise SampleError(
            f"whole numbers up to {array.max()} are hardly metres: say `encoding: millimetres` on the input"
        )
    if encoding in ("millimetres", "sun_rgbd"):
        return array.astype(np.float64) / 1000
    return array.astype(np.float64)
