"""Rays against the object and the room: analytic intersections, so that depth is true and edges are exact.

Coordinates are metres: to the right, up, away from the camera. The floor is at height 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vfmc.runtime.data.sources.scenes.scene import Scene

EYE = np.array([0.0, 1.5, 0.0])
PITCH = 0.28  # radians that the camera looks down
ANGLE = 0.9  # radians of the field of view, in both directions
WALL = 7.0  # metres to the wall behind

FAR = np.inf


_Found = tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]
"""Distances `[N]`, infinite where a ray misses, and what gives the normals at points `[N, 3]`."""


class Body(NamedTuple):
    """The object at one moment."""

    shape: str
    radius: float
    middle: np.ndarray  # [3]
    yaw: float


class Hit(NamedTuple):
    """Where rays meet the object; rays that miss have `t` infinite."""

    t: np.ndarray  # [N]
    normal: np.ndarray  # [N, 3], in the room
    local: np.ndarray  # [N, 3], the point in radii from the middle, turned with the object


def place(scene: Scene, shift: np.ndarray, turn: float) -> Body:
    """The object after a shift and a turn; it stands on the floor at the beginning."""
    shape, radius = scene.words()["shape"], scene.radius
    right, away = scene.ground
    height = {"sphere": radius, "cube": 0.8 * radius, "cylinder": radius}[shape]
    return Body(shape, radius, np.array([right, height, away]) + shift, scene.yaw + turn)


@lru_cache(maxsize=16)
def rays(side: int, parts: int = 1) -> np.ndarray:
    """Unit directions of the rays through `side` x `side` pixels, rows from the top: `parts` x `parts` rays a pixel,
    one after another, `[side * side * parts * parts, 3]`.
    """
    line = np.tan(ANGLE / 2) * ((np.arange(side * parts) + 0.5) / (side * parts) * 2 - 1)
    down, right = np.meshgrid(line, line, indexing="ij")
    down, right = (
        grid.reshape(side, parts, side, parts).transpose(0, 2, 1, 3).ravel() for grid in (down, right)
    )
    sine, cosine = np.sin(PITCH), np.cos(PITCH)
    directions = np.stack([right, -down * cosine - sine, cosine - down * sine], axis=1)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions.flags.writeable = False
    return directions


@lru_cache(maxsize=16)
def forward(side: int) -> np.ndarray:
    """How far along the optical axis a step of one metre along each ray goes, `[N]`."""
    return rays(side) @ np.array([0.0, -np.sin(PITCH), np.cos(PITCH)])


@lru_cache(maxsize=16)
def room(side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the rays of `side` x `side` pixels meet the floor or the wall: metres along each `[N]`, points `[N, 3]`,
    and whether it is the floor `[N]`.
    """
    directions = rays(side)
    with np.errstate(divide="ignore", invalid="ignore"):
        floor = np.where(directions[:, 1] < 0, -EYE[1] / directions[:, 1], FAR)
        wall = WALL / directions[:, 2]
    metres = np.minimum(floor, wall)
    return metres, EYE + metres[:, None] * directions, floor < wall


def beside(body: Body, directions: np.ndarray) -> np.ndarray:
    """How far from the middle of the object each ray from the camera passes, in radii, `[N]`."""
    towards = body.middle - EYE
    along = directions @ towards
    return np.sqrt(np.maximum(towards @ towards - along**2, 0)) / body.radius  # type: ignore[no-any-return]


REACH = 1.4
"""No part of an object is further from its middle, in radii: a cube's corner is at 0.8 sqrt(3)."""


def meet(body: Body, origin: np.ndarray, directions: np.ndarray) -> Hit:
    """The first meeting of each ray, from `origin` `[3]` or `[N, 3]`, with the object."""
    cosine, sine = np.cos(body.yaw), np.sin(body.yaw)
    turn = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]]) / body.radius
    o, d = np.broadcast_arrays((origin - body.middle) @ turn.T, directions @ turn.T)
    find = {"sphere": _sphere, "cube": _cube, "cylinder": _cylinder}[body.shape]
    with np.errstate(divide="ignore", invalid="ignore"):
        t, normal = find(o, d)
    t = np.where(t > 1e-6, t, FAR)
    reached = np.isfinite(t)[:, None]
    local = np.where(reached, o + np.where(reached, t[:, None], 0) * d, 0.0)
    return Hit(t, normal(local) @ (turn * body.radius), local)


def _sphere(o: np.ndarray, d: np.ndarray) -> _Found:
    a, b, c = (d * d).sum(1), (o * d).sum(1), (o * o).sum(1) - 1
    inside = b * b - a * c
    return np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0))) / a, FAR), lambda p: p


def _cube(o: np.ndarray, d: np.ndarray) -> _Found:
    one, two = (-0.8 - o) / d, (0.8 - o) / d
    near, far = np.minimum(one, two).max(1), np.maximum(one, two).min(1)
    return np.where(near < far, near, FAR), _face


def _face(p: np.ndarray) -> np.ndarray:
    """The normal of the face of the cube that a point lies on."""
    axis = np.abs(p).argmax(1)
    found = np.zeros_like(p)
    rows = np.arange(len(p))
    found[rows, axis] = np.sign(p[rows, axis])
    return found


_ROUND = 0.72  # radius of the cylinder, whose half height is 1


def _cylinder(o: np.ndarray, d: np.ndarray) -> _Found:
    a = d[:, 0] ** 2 + d[:, 2] ** 2
    b = o[:, 0] * d[:, 0] + o[:, 2] * d[:, 2]
    c = o[:, 0] ** 2 + o[:, 2] ** 2 - _ROUND**2
    inside = b * b - a * c
    root = np.sqrt(np.maximum(inside, 0))
    one, two = (-1 - o[:, 1]) / d[:, 1], (1 - o[:, 1]) / d[:, 1]
    near = np.maximum((-b - root) / a, np.minimum(one, two))
    far = np.minimum((-b + root) / a, np.maximum(one, two))
    return np.where((inside > 0) & (near < far), near, FAR), _side


def _side(p: np.ndarray) -> np.ndarray:
    """The normal of the cylinder at a point: of the lid above, else outwards."""
    found = np.stack([p[:, 0], np.zeros(len(p)), p[:, 2]], axis=1) / _ROUND
    found[np.abs(p[:, 1]) > 1 - 1e-6] = 0
    found[:, 1] = np.where(np.abs(p[:, 1]) > 1 - 1e-6, np.sign(p[:, 1]), 0.0)
    return found
