"""Log mel energies as Kaldi computes them (`compute-fbank-feats` with HTK-compatible bands, no dither and no energy).

A frame loses its mean, is pre-emphasised (x[t] - 0.97 x[t-1], its first sample against itself), weighted by a Hann window whose ends are
zero, padded to a power of two and transformed; the power of the spectrum is summed under triangles that are even on the mel scale
1127 ln(1 + f / 700) (Kaldi, feat/mel-computations.h), and the natural logarithm is taken of no less than float32's epsilon.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.errors import SampleError

EPSILON = 2.0**-23
_EMPHASIS = 0.97


def fbank(
    x_1L: Tensor, u: np.ndarray, *, rate: int, window: float, hop: float, bins: int, low: float, high: float
) -> Tensor:
    """A sound `[1, L]` at `rate` hertz, its mean subtracted, to float32 `[1, bins, frames]`: windows of `window` milliseconds that lie
    within it, `hop` milliseconds apart. Raises `SampleError` for a sound shorter than one.

    Computed in float64, one sound at a time, so that a sample comes out the same in whatever batch it stands.
    """
    length, step = int(rate * window * 0.001), int(rate * hop * 0.001)
    wave = x_1L[0].double()
    if len(wave) < length:
        raise SampleError(
            f"the sound has {len(wave)} samples at {rate} hertz, and a spectrogram needs a window of {length}: leave it out"
        )
    frames = (wave - wave.mean()).unfold(0, length, step)
    frames = frames - frames.mean(dim=1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)
    taper, bands = _tables(rate, length, bins, low, high)
    points = 2 * (bands.shape[0] - 1)
    spectrum = torch.fft.rfft((frames - _EMPHASIS * before) * taper, n=points)
    energies = (spectrum.real.square() + spectrum.imag.square()) @ bands
    return energies.clamp_(min=EPSILON).log_().T.float().contiguous()[None]


@lru_cache(maxsize=16)
def _tables(rate: int, length: int, bins: int, low: float, high: float) -> tuple[Tensor, Tensor]:
    """The window `[length]` and the triangles `[points / 2 + 1, bins]`, float64."""
    points = 1 << (length - 1).bit_length()
    taper = torch.hann_window(length, periodic=False, dtype=torch.float64)
    frequency = np.arange(points // 2 + 1) * (rate / points)
    edges = np.linspace(
        _mel(low), _mel(high), bins + 2
    )  # of the triangles: each begins at the peak of the one before
    rising = (_mel(frequency)[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - _mel(frequency)[:, None]) / (edges[2:] - edges[1:-1])
    return taper, torch.from_numpy(np.clip(np.minimum(rising, falling), 0, None))


def _mel(frequency: np.ndarray | float) -> np.ndarray:
    return np.asarray(1127.0 * np.log1p(np.asarray(frequency) / 700.0))
