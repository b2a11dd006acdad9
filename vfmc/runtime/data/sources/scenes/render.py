"""Pictures of a scene by casting rays: colours, true depth and true temperature."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vfmc.runtime.data.sources.scenes import geometry
from vfmc.runtime.data.sources.scenes.geometry import Body, Hit
from vfmc.runtime.data.sources.scenes.motion import path
from vfmc.runtime.data.sources.scenes.scene import Scene

AMBIENT = 20.0
COLDEST, STEP = -25.0, 0.5
"""A thermal picture's byte v means COLDEST + STEP v degrees Celsius."""

_OVERSAMPLE = 2  # rays a pixel, in each direction

_GLOW = (1.0, 0.42, 0.08)

_COLOURS = {
    "red": (0.85, 0.10, 0.10),
    "yellow": (0.90, 0.80, 0.10),
    "green": (0.10, 0.65, 0.15),
    "blue": (0.12, 0.22, 0.88),
    "purple": (0.58, 0.12, 0.68),
    "white": (0.92, 0.92, 0.92),
}


class _Surface(NamedTuple):
    diffuse: float
    gloss: float  # how bright a highlight is
    sharp: float  # its exponent
    mirror: float  # share of the room that is mirrored
    clear: float  # share of what is behind that shines through


_SURFACES = {
    "wooden": _Surface(0.95, 0.08, 8, 0.0, 0.0),
    "metal": _Surface(0.1, 1.0, 40, 0.95, 0.0),
    "glass": _Surface(0.30, 1.2, 120, 0.15, 0.55),
    "rubber": _Surface(0.60, 0.0, 1, 0.0, 0.0),
}


def picture(scene: Scene, side: int, time: float = 0.0, seconds: float = 1.0) -> np.ndarray:
    """RGB of the moment `time`, uint8 `[side, side, 3]`. Light, room and noise of the sensor differ between
    scenes.
    """
    directions = geometry.rays(side)
    body = _body(scene, time, seconds)
    light = _light(scene)
    colours = _room(scene, body, side, light)
    beside = geometry.beside(body, directions)
    if scene.words()["temperature"] == "hot":  # it lights the air around it
        glow = 0.5 * np.exp(-np.maximum(beside - 1, 0) / 0.3)
        colours += glow[:, None] * np.array(_GLOW)
    near = np.flatnonzero(beside < geometry.REACH + 0.1)
    fine = geometry.rays(side, _OVERSAMPLE).reshape(-1, _OVERSAMPLE**2, 3)[near].reshape(-1, 3)
    hit = geometry.meet(body, geometry.EYE, fine)
    seen = np.flatnonzero(np.isfinite(hit.t))
    detail = np.repeat(colours[near], _OVERSAMPLE**2, axis=0)
    detail[seen] = _surface(scene, Hit(*(part[seen] for part in hit)), fine[seen], light, detail[seen])
    colours[near] = detail.reshape(len(near), -1, 3).mean(1)
    colours *= 0.85 + 0.3 * float(scene.noise("brightness", 1)[0])
    noise = 0.012 * scene.normal(f"picture.{round(time * 1e6)}", colours.size)
    encoded = np.clip(colours, 0, 1) ** (1 / 1.8) + noise.reshape(colours.shape)
    return np.rint(np.clip(encoded, 0, 1) * 255).astype(np.uint8).reshape(side, side, 3)


def depth(scene: Scene, side: int) -> np.ndarray:
    """Metres along the optical axis at the first moment, float32 `[1, side, side]`, without noise."""
    directions = geometry.rays(side)
    hit = geometry.meet(_body(scene, 0.0, 1.0), geometry.EYE, directions)
    metres = np.minimum(hit.t, geometry.room(side)[0]) * geometry.forward(side)
    return metres.astype(np.float32).reshape(1, side, side)


def thermal(scene: Scene, side: int) -> np.ndarray:
    """Temperatures at the first moment, uint8 `[1, side, side]`: byte v means `COLDEST + STEP v` degrees
    Celsius. The room is at `AMBIENT`; the floor takes something of the object's warmth.
    """
    directions = geometry.rays(side)
    body = _body(scene, 0.0, 1.0)
    hit = geometry.meet(body, geometry.EYE, directions)
    _, points, floor = geometry.room(side)
    away = np.hypot(points[:, 0] - body.middle[0], points[:, 2] - body.middle[2]) / body.radius
    near = 0.25 * np.exp(-np.maximum(away - 1, 0) / 0.4) * floor
    celsius = AMBIENT + (scene.celsius - AMBIENT) * np.where(np.isfinite(hit.t), 1.0, near)
    celsius += 0.7 * scene.normal("thermal", len(celsius))
    levels = np.clip((celsius - COLDEST) / STEP, 0, 255)
    return np.rint(levels).astype(np.uint8).reshape(1, side, side)


def _body(scene: Scene, time: float, seconds: float) -> Body:
    if time <= 0:
        return geometry.place(scene, np.zeros(3), 0.0)
    shift, turn = path(scene, np.array([time]), seconds)
    return geometry.place(scene, shift[0], float(turn[0]))


def _light(scene: Scene) -> np.ndarray:
    """The direction to the lamp, above and on the camera's side, a unit vector."""
    side, height = scene.noise("light", 2)
    towards = np.array([-0.9 + 0.8 * side, 1.1 + 0.4 * height, -0.7])
    return towards / np.linalg.norm(towards)


def _room(scene: Scene, body: Body, side: int, light: np.ndarray) -> np.ndarray:
    """The colours of floor and wall without the object, but with its shadow, `[N, 3]`."""
    _, points, floor = geometry.room(side)
    grey, tint = 0.24 + 0.12 * scene.noise("room", 2), 0.05 * (scene.noise("tint", 6).reshape(2, 3) - 0.5)
    tones = grey[:, None] + tint
    colours = np.where(floor[:, None], tones[0] + 0.1, tones[1])
    towards = points - body.middle  # a lamp beyond the object, seen from the floor: in its shadow
    along = towards @ light
    apart = np.sqrt(np.maximum((towards**2).sum(1) - along**2, 0))
    asked = np.flatnonzero(floor & (apart < geometry.REACH * body.radius))
    if len(asked):
        towards_lamp = np.broadcast_to(light, (len(asked), 3))
        dark = np.isfinite(geometry.meet(body, points[asked] + 1e-4 * light, towards_lamp).t)
        colours[asked[dark]] *= 0.45
    return colours


def _surface(
    scene: Scene, hit: Hit, directions: np.ndarray, light: np.ndarray, behind: np.ndarray
) -> np.ndarray:
    """The colours of the object where it is hit, `[N, 3]`, before what is `behind` it."""
    words = scene.words()
    kind = _SURFACES[words["material"]]
    base = np.array(_COLOURS[words["colour"]])
    if words["material"] == "wooden":
        base = base * _grain(hit.local)[:, None]
    azimuth = np.arctan2(hit.local[:, 0], -hit.local[:, 2])
    mark = (np.abs(azimuth) < 0.2)[:, None]  # a dark band on the front, by which turning is seen
    base = np.where(mark, 0.15 * base, base)
    facing = np.maximum(hit.normal @ light, 0)[:, None]
    half = light - directions
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    highlight = kind.gloss * np.maximum((hit.normal * half).sum(1), 0)[:, None] ** kind.sharp
    colours = base * (0.22 + 0.85 * facing) * kind.diffuse
    cosine = np.clip(-(hit.normal * directions).sum(1, keepdims=True), 0, 1)
    if kind.mirror:
        up = directions[:, 1:2] + 2 * cosine * hit.normal[:, 1:2]
        sky = np.where(up > 0.1, 0.55 + 0.5 * up, 0.12 + 0.1 * (1 + up))  # light above a dark floor
        rim = kind.mirror + (1 - kind.mirror) * (1 - cosine) ** 3
        colours = colours + rim * sky * (base if words["material"] == "metal" else 1.0)
    if kind.clear:
        through = kind.clear * cosine
        colours = colours * (1 - through) + through * (0.55 * base + 0.75 * behind)
    return _warmth(words["temperature"], hit, colours + highlight)


def _grain(local: np.ndarray) -> np.ndarray:
    """How much of its colour wood shows at each point: rings around an axis that leans."""
    x, y, z = local.T
    rings = np.hypot(x + 0.2 * y, z - 0.35 * y + 0.15 * np.sin(3 * y)) + 0.45 * y
    return 0.7 + 0.3 * np.sin(2 * np.pi * 2.1 * rings)  # type: ignore[no-any-return]


def _warmth(word: str, hit: Hit, colours: np.ndarray) -> np.ndarray:
    """What is hot glows; what is cold is white with frost where it looks up."""
    if word == "hot":
        return colours + 0.16 * np.array(_GLOW)
    if word == "cold":
        frost = np.clip(hit.normal[:, 1:2] * 1.6, 0, 0.85)
        return colours * (1 - frost) + frost * np.array([0.75, 0.9, 1.0])
    return colours
