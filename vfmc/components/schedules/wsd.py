"""Warm-up, stable, decay."""

from typing import Literal

from vfmc.components import Length, arg
from vfmc.components.curves import Curve


class Wsd(Curve):
    """Rises, stays, and falls to `end` in the last `decay` of the training (MiniCPM, arXiv 2404.06395 sec. 4; arXiv 2405.18392)."""

    kind = "schedule"
    example = "wsd(warmup: 2000 steps, decay: 20%, shape: sqrt)"
    decay: Length = arg(help="how long it falls, such as 20% or 5 epochs")
    form: Literal["linear", "cosine", "sqrt"] = arg(
        "linear", alias="shape", help="how it falls; `sqrt` is 1 - sqrt(share), which falls fast at first"
    )
