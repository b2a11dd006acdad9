"""Pictures: from a file, a Pillow image or an array to uint8 `[C, H, W]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from vfmc.runtime.data.decode.files import is_file, opened, start
from vfmc.runtime.data.errors import SampleError

BRIGHTEST = 1.5  # of images in reals: what resizing overshoots is cut, more is another scale

_MODES = {1: "L", 3: "RGB"}


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """uint8 `[C, H, W]`."""
    return to_tensor(value, entry.get("channels", 3))


def to_tensor(image: Any, channels: int = 3) -> Tensor:
    """The image as uint8 `[channels, H, W]`: orientation applied, transparency dropped, 16 bits cut to 8.

    Arrays are `[H, W]`, `[H, W, C]` or (tensors) `[C, H, W]`, as bytes or as reals in [0, 1]. Raises
    `SampleError` for another number of channels; a truncated or broken file raises what Pillow raises.
    """
    if is_file(image):
        image = opened_image(image)
    if isinstance(image, Image.Image):
        array = np.array(_in_mode(image, channels))
    elif isinstance(image, Tensor):
        array = np.moveaxis(image.numpy(), 0, -1) if image.ndim == 3 else image.numpy()
    else:
        array = np.asarray(image)
    if array.ndim == 2:
        array = array[..., None]
    if np.issubdtype(array.dtype, np.floating):
        array = _bytes(array)
    if 0 in array.shape:
        raise SampleError(f"an image without pixels, {list(array.shape)}, cannot be used: leave it out")
    if array.ndim != 3 or array.dtype != np.uint8:
        raise SampleError(f"an image must be bytes [H, W, C], not {array.dtype} {list(array.shape)}")
    if array.shape[-1] == 1 and channels == 3:
        array = np.repeat(array, 3, axis=-1)
    if array.shape[-1] != channels:
        raise SampleError(f"the image has {array.shape[-1]} channels where the spec asks for {channels}")
    return torch.from_numpy(np.ascontiguousarray(array)).permute(2, 0, 1)


def opened_image(file: Any) -> Image.Image:
    """A picture of a file, not yet decoded. Raises `SampleError` for a file that is none."""
    try:
        return Image.open(opened(file))
    except Image.UnidentifiedImageError:
        what = "is empty" if not start(file, 1) else "is no image that can be read, or is broken"
        raise SampleError(f"the file {what}: replace it or leave it out") from None


def _bytes(array: np.ndarray) -> np.ndarray:
    """Reals in [0, 1] to bytes. Raises `SampleError` for reals that are not."""
    if not np.isfinite(array).all():
        raise SampleError("the image holds numbers that are not finite")
    low, high = array.min(initial=0), array.max(initial=0)
    if high > BRIGHTEST or low < 1 - BRIGHTEST:
        raise SampleError(
            f"an image of reals lies in [0, 1], and this one goes from {low:.4g} to {high:.4g}: divide it by its white, or give bytes"
        )
    made: np.ndarray = np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
    return made


def _in_mode(image: Image.Image, channels: int) -> Image.Image:
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    goal = _MODES.get(channels)
    if goal is None or image.mode == goal:
        return image
    if image.mode.startswith("I"):  # 16 bits a pixel, whatever the byte order; Pillow would clip them
        return Image.fromarray(
            (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        ).convert(goal)
    if image.mode == "F":
        return Image.fromarray(_bytes(np.asarray(image))).convert(goal)
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    return image.convert(goal)
