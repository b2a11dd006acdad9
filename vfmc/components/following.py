"""What a view that follows another repeats of its program: the operations that move pixels.

Every operation of the runtime on pictures stands in one of the three tables, so that none is repeated by half.
"""

from __future__ import annotations

from typing import Any

from vfmc.components import Finding

MOVES = ("resize", "center_crop", "side_crop", "random_crop", "random_resized_crop", "flip")
STAYS = ("color_jitter", "grayscale", "gaussian_blur", "solarize", "normalize", "erase")
MOVES_AND_COLOURS = {"randaugment": "randaugment_moves"}  # -> the part of it that moves pixels


def moves(
    program: list[dict[str, Any]], interpolation: str, fill: list[float], view: str
) -> list[dict[str, Any]]:
    """The operations of `view` that move pixels, on a map: resampled by `interpolation`, `fill` where none was.

    Each draws what its model draws: where operations before it are left out, `at` says its place in the program followed.
    Raises `Finding` for an operation of which it is not known whether it moves pixels.
    """
    found: list[dict[str, Any]] = []
    for place, step in enumerate(program):
        name = step["op"]
        if name in STAYS:
            continue
        own = {**step, "interpolation": interpolation} if "interpolation" in step else dict(step)
        if name in MOVES_AND_COLOURS:
            own |= {"op": MOVES_AND_COLOURS[name], "interpolation": interpolation, "fill": fill}
        elif name not in MOVES:
            raise Finding(
                f"`{view}` does `{name}`, and how that moves pixels is not known",
                argument="with",
                code="DAT412",
                help="name a view such as random_resized_crop",
            )
        found.append(own if place == len(found) else {**own, "at": place})
    return found
