"""Falls at marks."""

from vfmc.components import Length, arg
from vfmc.components.curves import Curve


class Step(Curve):
    """Multiplied by `factor` at every mark, never below `end`: ResNet's rate falls tenfold twice (arXiv 1512.03385 sec. 3.4)."""

    kind = "schedule"
    example = "step(at: [30 epochs, 60 epochs], factor: 0.1)"
    at: list[Length] = arg(min_length=1, help="when it falls, counted from the first step")
    factor: float = arg(0.1, gt=0, lt=1, help="what it is multiplied by")
