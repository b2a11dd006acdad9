"""Sounds: from a file or an array to float32 `[C, L]` at the declared rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.decode.files import is_file, need, opened, with_rate
from vfmc.runtime.data.errors import SampleError
from vfmc.runtime.data.resample import resample


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file (wav, flac, ogg, mp3, by soundfile) or an array `[L]` or `[C, L]` (alone at the declared rate, or `(array, rate)`).

    Whole numbers are divided by their largest. One channel is the mean of what the file has; another number must be the file's.
    """
    rate, channels = entry["rate"], entry.get("channels", 1)
    wave, given = _read(value) if is_file(value) else with_rate(value, rate)
    if wave.ndim == 1:
        wave = wave[None]
    if wave.ndim != 2 or 0 in wave.shape:
        raise SampleError(f"a sound is an array [C, L], not {list(wave.shape)}")
    if len(wave) > wave.shape[1]:
        raise SampleError(
            f"a sound is [C, L], and this array has {len(wave)} channels of {wave.shape[1]} samples: transpose it"
        )
    if wave.dtype.kind in "iu":
        wave = wave / (np.iinfo(wave.dtype).max + 1.0)
    wave = wave.astype(np.float32)
    if channels == 1:
        wave = wave.mean(axis=0, keepdims=True)
    if len(wave) != channels:
        raise SampleError(f"the sound has {len(wave)} channels where the spec asks for {channels}")
    if not np.isfinite(wave).all():
        raise SampleError("the sound holds numbers that are not finite")
    return resample(torch.from_numpy(np.ascontiguousarray(wave)), given, rate)


def _read(file: Any) -> tuple[np.ndarray, float]:
    soundfile = need("soundfile", "reading sounds")
    try:
        wave, rate = soundfile.read(opened(file), dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise SampleError(str(error).rstrip(".")) from None
    if not len(wave):
        raise SampleError("the recording is empty")
    return wave.T, float(rate)
