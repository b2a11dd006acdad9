"""The sound of the object being struck: decaying modes whose pitch is the size's and whose spectrum and decay
are the material's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vfmc.runtime.data.sources.scenes.scene import Scene


class _Body(NamedTuple):
    ratios: tuple[float, ...]  # of the modes' frequencies to the lowest
    decay: float  # seconds until the lowest mode has fallen to 1/e
    damping: float  # how much faster a mode decays than the lowest: its ratio to this power
    brightness: float  # amplitude of a mode: its ratio to minus this power
    click: float  # amplitude of the noise of the stroke


_BODIES = {
    # a free bar: the squares of 3.0112, 5, 7, 9, 11 over the first
    "wooden": _Body((1.0, 2.757, 5.404, 8.933, 13.345), 0.07, 1.0, 0.8, 0.3),
    # two long, dense rows of modes, as of a bell
    "metal": _Body((1.0, 1.19, 1.5, 2.0, 2.52, 3.01, 3.97, 5.04, 6.2), 0.8, 0.4, 0.3, 0.15),
    # a goblet: about n^2 of its waves around, from n = 2
    "glass": _Body((1.0, 2.32, 4.25, 6.63, 9.38), 0.25, 0.3, 0.1, 0.05),
    # a thud: little but the lowest mode
    "rubber": _Body((1.0, 1.9), 0.03, 1.5, 2.0, 0.02),
}

PITCH = 130.0
"""Hertz of the lowest mode of an object whose radius is a metre; half the radius sounds twice as high. One number
for all materials: a real one would have its own, and size could not be told before material.
"""


def strike(scene: Scene, rate: int, seconds: float) -> np.ndarray:
    """The waveform, float32 `[1, L]` within -1 and 1, `rate` samples a second.

    It depends on size and material alone; where the object is struck (which modes are excited), when within
    the first tenth, how hard, and a floor of noise differ between scenes.
    """
    count = round(rate * seconds)
    body = _BODIES[scene.words()["material"]]
    when, hard = scene.noise("sound.stroke", 2)
    onset = int((0.02 + 0.08 * when) * count)
    wave = 0.004 * scene.normal("sound.floor", count)
    share_K, phase_K = scene.noise("sound.modes", 2 * len(body.ratios)).reshape(2, -1)
    ratio_K = np.array(body.ratios)
    hertz_K = PITCH / scene.radius * ratio_K
    amplitude_K = ratio_K**-body.brightness * (0.4 + 0.6 * share_K) * (hertz_K < 0.48 * rate)
    sound_T = _modes(
        amplitude_K * np.exp(2j * np.pi * phase_K),
        (2j * np.pi * hertz_K - ratio_K**body.damping / body.decay) / rate,
        count - onset,
    )
    length = min(round(0.01 * rate), len(sound_T))
    sound_T[:length] += body.click * scene.normal("sound.click", length) * np.linspace(1, 0, length)
    wave[onset:] += (0.3 + 0.5 * hard) * sound_T / max(1e-9, float(np.abs(sound_T).max()))
    return wave.astype(np.float32)[None]


def _modes(start_K: np.ndarray, step_K: np.ndarray, count: int) -> np.ndarray:
    """The imaginary part of the sum of `start exp(step t)` over the modes, at `count` moments t. A moment is a coarse
    step and a fine one, so that few exponentials are taken: `[coarse, K] @ [K, fine]`.
    """
    fine = 256
    coarse_AK = start_K * np.exp(step_K * (fine * np.arange(-(-count // fine)))[:, None])
    fine_KB = np.exp(step_K[:, None] * np.arange(fine))
    return (coarse_AK @ fine_KB).imag.ravel()[:count]  # type: ignore[no-any-return]
