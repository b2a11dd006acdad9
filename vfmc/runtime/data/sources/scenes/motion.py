"""How the object moves, and what an inertial sensor in its middle measures."""

from __future__ import annotations

import numpy as np

from vfmc.runtime.data.sources.scenes.scene import Scene

GRAVITY = 9.81

_WAYS = {  # metres to the right, up and away; radians about the vertical
    "rests": (0.0, 0.0, 0.0, 0.0),
    "slides left": (-0.45, 0.0, 0.0, 0.0),
    "slides right": (0.45, 0.0, 0.0, 0.0),
    "comes closer": (0.0, 0.0, -0.7, 0.0),
    "is lifted": (0.0, 0.5, 0.0, 0.0),
    "spins": (0.0, 0.0, 0.0, 1.5),
}


def path(scene: Scene, times_T: np.ndarray, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """The shift since the beginning, metres `[T, 3]` (right, up, away), and the turn, radians `[T]`."""
    way, start, length = _way(scene, seconds)
    share_T, _, _ = _smooth((times_T - start) / length)
    moved = share_T[:, None] * way
    return moved[:, :3], moved[:, 3]


def imu(scene: Scene, rate: float, seconds: float) -> np.ndarray:
    """Six channels of `rate` readings a second, float32 `[6, L]`: the acceleration that an accelerometer in
    the object feels (m/s^2; gravity's reaction points up), then the rates of turn (rad/s), each to the
    right, up and away as the object is turned at that moment.

    It depends on the motion alone: a constant bias, noise and how fast the motion is differ between scenes.
    """
    count = round(rate * seconds)
    times_T = np.arange(count) / rate
    way, start, length = _way(scene, seconds)
    share_T, speed_T, force_T = _smooth((times_T - start) / length)
    felt_T3 = force_T[:, None] / length**2 * way[:3]
    felt_T3[:, 1] += GRAVITY
    turn_T = scene.yaw + share_T * way[3]
    cosine_T, sine_T = np.cos(turn_T), np.sin(turn_T)
    readings = np.zeros((6, count))
    readings[0] = cosine_T * felt_T3[:, 0] - sine_T * felt_T3[:, 2]
    readings[1] = felt_T3[:, 1]
    readings[2] = sine_T * felt_T3[:, 0] + cosine_T * felt_T3[:, 2]
    readings[4] = speed_T / length * way[3]
    spread = np.array([0.15, 0.15, 0.15, 0.03, 0.03, 0.03])[:, None]
    readings += spread * scene.normal("imu.bias", 6)[:, None]
    readings += spread * scene.normal("imu.noise", 6 * count).reshape(6, count)
    return readings.astype(np.float32)


def _way(scene: Scene, seconds: float) -> tuple[np.ndarray, float, float]:
    """How far in all, when the motion begins and how long it takes: between a quarter and three quarters."""
    far, begin, end, side = scene.noise("motion", 4)
    way = np.array(_WAYS[scene.words()["motion"]]) * (0.8 + 0.4 * far)
    way[3] *= 1.0 if side < 0.5 else -1.0  # either way round
    start, stop = (0.27 + 0.08 * begin) * seconds, (0.65 + 0.08 * end) * seconds
    return way, start, stop - start


def _smooth(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From rest to rest with the least jerk, `10 u^3 - 15 u^4 + 6 u^5`: share of the way, speed, acceleration."""
    u = np.clip(u, 0.0, 1.0)
    return (
        u**3 * (10 - 15 * u + 6 * u**2),
        30 * u**2 * (1 - u) ** 2,
        60 * u * (1 - 3 * u + 2 * u**2),
    )
