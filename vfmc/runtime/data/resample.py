"""From one rate to another: a windowed sinc, evaluated at the moments that are wanted.

The filter is the textbook one (Oppenheim, Schafer: Discrete-Time Signal Processing, sections 4.6 and 7.5): the ideal low-pass at the
lower of the two rates, cut by a Kaiser window.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

_ZEROS = 32  # zero crossings of the sinc on either side
_BETA = 9.0  # of the Kaiser window: about 90 dB below in the stop band
_ROLL = 0.95  # the pass band ends at this share of the lower half rate


def resample(x_CL: Tensor, given: float, wanted: float) -> Tensor:
    """float32 `[C, L]` at `given` hertz to `[C, ceil(L * wanted / given)]` at `wanted`. The ends are continued by their last value.

    A constant stays as it is, exactly to rounding.
    """
    ratio = Fraction(wanted).limit_denominator(10_000) / Fraction(given).limit_denominator(10_000)
    up, down = ratio.numerator, ratio.denominator
    if up == down:
        return x_CL
    taps = _taps(up, down)  # [up, K]
    reach = taps.shape[1] // 2
    length = x_CL.shape[-1]
    total = -(-length * up // down)
    padded = F.pad(x_CL[None], (reach, reach + down), mode="replicate")[0]
    out = x_CL.new_empty(len(x_CL), total)
    for phase in range(min(up, total)):  # outputs that lie alike between inputs are a product with one filter
        first = phase * down // up
        count = -(-(total - phase) // up)
        windows = padded[:, first:].unfold(-1, taps.shape[1], down)[:, :count]
        out[:, phase::up] = windows @ taps[phase]
    return out


@lru_cache(maxsize=16)
def _taps(up: int, down: int) -> Tensor:
    """The filters of the `up` places that an output may have between two inputs, float32 `[up, 2 * reach + 1]`; each sums to 1."""
    cut = _ROLL * min(1.0, up / down)
    reach = int(np.ceil(_ZEROS / cut)) + 1
    offset = (np.arange(up) * down % up) / up  # of the output behind the input before it
    place = np.arange(-reach, reach + 1)[None] - offset[:, None]
    inside = np.clip(1 - (place * cut / _ZEROS) ** 2, 0, None)
    taps = np.sinc(cut * place) * np.i0(_BETA * np.sqrt(inside)) * (np.abs(place) * cut <= _ZEROS)
    return torch.from_numpy((taps / taps.sum(axis=1, keepdims=True)).astype(np.float32))
