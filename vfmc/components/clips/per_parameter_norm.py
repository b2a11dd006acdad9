"""Gradient clipping: each parameter's gradient alone."""

from vfmc.components import Clip, arg


class PerParameterNorm(Clip):
    """Scales down each parameter's gradient alone so that their L2 norm is at most `max`."""

    example = "per_parameter_norm(max: 3.0)"
    max: float = arg(help="the largest norm", gt=0)
