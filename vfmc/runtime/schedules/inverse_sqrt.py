"""Falls as the inverse square root of the step (arXiv 1706.03762 sec. 5.3; with a timescale and a cooldown,
Scaling ViT, arXiv 2106.04560).
"""

from __future__ import annotations

import math

from vfmc.runtime.schedules import Place, Settings, line


def value(settings: Settings, start: float, end: float, at: Place) -> float:
    """`start sqrt(K / (K + n))`, `n` steps after the warm-up, with the timescale `K` in steps (the warm-up's
    length if there is none); over the last `cooldown` steps this is drawn to `end` along a line.
    """
    scale = at.clock.steps(settings["timescale"]) if settings.get("timescale") else at.rising
    scale = max(1, scale)
    fallen = max(start * math.sqrt(scale / (scale + max(0, at.step - at.rising))), end)
    if not settings.get("cooldown"):
        return fallen
    length = max(1, at.clock.steps(settings["cooldown"]))
    return line(end, fallen, (at.total - at.step) / length)
