"""Rises, stays, and falls at the end: warm-up, stable, decay (arXiv 2404.06395 sec. 4)."""

from __future__ import annotations

import math

from vfmc.runtime.errors import RunError
from vfmc.runtime.schedules import Place, Settings, half_cosine, line

SHAPES = {
    "linear": line,
    "cosine": half_cosine,
    "sqrt": lambda start, end, share: line(start, end, math.sqrt(share)),  # arXiv 2405.18392 sec. 3.2
}


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`start`, and in the last `decay` steps from there to `end`: `linear`, half a `cosine`, or `sqrt`, which
    is `1 - sqrt(share)`. A training too short for both falls as soon as the warm-up is over.
    """
    shape = settings.get("shape", "linear")
    if shape not in SHAPES:
        raise RunError(f"a decay has no shape '{shape}': {', '.join(SHAPES)} are known")
    begin = max(at.rising, at.total - at.clock.steps(settings["decay"]))
    if at.step < begin:
        return start
    return SHAPES[shape](start, end, min(1.0, (at.step - begin) / max(1, at.total - begin)))
