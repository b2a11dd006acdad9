"""Gradient clipping: the gradients of each tower together."""

from vfmc.components import Clip, arg


class PerModuleNorm(Clip):
    """Scales down the gradients of each tower together so that their L2 norm is at most `max`."""

    example = "per_module_norm(max: 3.0)"
    max: float = arg(help="the largest norm", gt=0)
