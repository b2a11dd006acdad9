"""Sounds: from a file or an array to float32 `[C, L]` at the declared rate."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.decode.files import is_file, need, opened, start, with_rate
from vfmc.runtime.data.errors import SampleError
from vfmc.runtime.data.resample import resample

LOUDEST = 100.0  # of sounds in reals: above it they are counts that nobody divided

_PADDED = 2304  # samples by which an mp3 may be shorter than it says: two of its frames
_PAGE = 65307  # bytes of the largest page of ogg (RFC 3533, section 6)

_STREAMED = 0x7FFF0000  # lengths from here on stand for one that the writer did not know


def decode(value: Any, entry: Mapping[str, Any]) -> Tensor:
    """A file (wav, flac, ogg, mp3, by soundfile) or an array `[L]` or `[C, L]` (alone at the declared rate, or `(array, rate)`).

    Whole numbers are divided by their largest; those without a sign are centred in the middle. One channel is the mean of what the
    file has; another number must be the file's.
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
    wave = _reals(wave)
    if channels == 1:
        wave = wave.mean(axis=0, keepdims=True)
    if len(wave) != channels:
        raise SampleError(f"the sound has {len(wave)} channels where the spec asks for {channels}")
    return resample(torch.from_numpy(np.ascontiguousarray(wave)), given, rate)


def _read(file: Any) -> tuple[np.ndarray, float]:
    soundfile = need("soundfile", "reading sounds")
    try:
        with soundfile.SoundFile(opened(file)) as sound:
            rate, said = sound.samplerate, sound.frames
            wave = sound.read(dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise SampleError(_what(file, str(error))) from None
    except TypeError:  # of files whose names end in .raw
        raise SampleError("a file of bare samples does not say its rate: convert it to wav or flac") from None
    if not len(wave):
        raise SampleError("the recording is empty: leave it out")
    counted = any(
        mark in start(file, 4096) for mark in (b"Xing", b"Info")
    )  # an mp3 without either is estimated
    if counted and len(wave) < said - _PADDED:
        raise SampleError(f"it is cut off: of {said} samples {len(wave)} are there. Fetch it again")
    _check_whole(file)
    return wave.T, float(rate)


def _reals(wave: np.ndarray) -> np.ndarray:
    """float32 in [-1, 1) from whole numbers of 8, 16 or 32 bits; reals as they are. Raises `SampleError` for what is no sound."""
    bits = 8 * wave.dtype.itemsize
    if wave.dtype.kind not in "iuf":
        raise SampleError(f"a sound is an array of numbers, not {wave.dtype}")
    if wave.dtype.kind in "iu" and bits == 64:
        raise SampleError(
            "whole numbers of 64 bits do not say how loud the loudest is: give them as int16 or int32, or reals in [-1, 1]"
        )
    if wave.dtype.kind in "iu":
        half = 2.0 ** (bits - 1)
        middle = half if wave.dtype.kind == "u" else 0.0
        return ((wave - middle) / half).astype(np.float32)
    wave = wave.astype(np.float32)
    if not (whole := np.isfinite(wave)).all():
        channel, moment = np.argwhere(~whole)[0]
        raise SampleError(
            f"the sound holds numbers that are not finite, the first in channel {channel} at sample {moment}: cut it there"
        )
    if (peak := np.abs(wave).max()) > LOUDEST:
        raise SampleError(
            f"a sound of reals lies in [-1, 1], and this one reaches {peak:.6g}: divide it by its full scale, such as 32768"
        )
    return wave


def _what(file: Any, said: str) -> str:
    """A sentence on a file that soundfile cannot open."""
    if isinstance(file, str | Path) and not Path(file).is_file():
        return f"there is no file {file}"
    if not start(file, 1):
        return "the file is empty"
    reason = said.rstrip(".").rpartition(": ")[2]
    return f"it is no sound that can be read, or is cut off ({reason}): wav, flac, ogg and mp3 are read"


def _check_whole(file: Any) -> None:
    """Raises `SampleError` for a wav file that ends before the samples that it announces, and an ogg file without its last page:
    libsndfile reads what is there.
    """
    with ExitStack() as stack:
        given = opened(file)
        stream = stack.enter_context(Path(given).open("rb")) if isinstance(given, str) else given
        size = stream.seek(0, 2)
        stream.seek(0)
        head = stream.read(12)
        if head[:4] == b"OggS":
            stream.seek(max(0, size - _PAGE))
            tail = stream.read()
            page = tail.rfind(b"OggS")
            flags = tail[page + 5 : page + 6]
            if page >= 0 and flags and not flags[0] & 4:  # of the end of a stream (RFC 3533, section 6)
                raise SampleError("it is cut off: its last page is not there. Fetch it again")
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        while len(chunk := stream.read(8)) == 8:
            name, length = struct.unpack("<4sI", chunk)
            if name != b"data":
                stream.seek(length + length % 2, 1)
                continue
            if stream.tell() + length > size and length < _STREAMED:
                raise SampleError(
                    f"it is cut off: of {length} bytes of sound {size - stream.tell()} are there. Fetch it again"
                )
            return
