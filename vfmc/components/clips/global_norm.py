"""Gradient clipping: all gradients together."""

from vfmc.components import Clip, arg


class GlobalNorm(Clip):
    """Scales down all gradients together so that their L2 norm is at most `max`."""

    example = "global_norm(max: 3.0)"
    max: float = arg(help="the largest norm", gt=0)
