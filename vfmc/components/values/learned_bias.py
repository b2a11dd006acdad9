"""A learned bias."""

from vfmc.components import ValueKind, Weight, arg
from vfmc.types import Number, Type


class LearnedBias(ValueKind):
    """A number that is learned as it is, and may be negative: what a sigmoid loss adds to its scores (SigLIP, arXiv 2303.15343 sec. 3.2)."""

    example = "learned_bias(init: -10)"
    init: float = arg(-10.0, ge=-1e6, le=1e6, help="the number at the start")

    def signature(self) -> Type:
        return Number(shifts=True)

    def weights(self) -> list[Weight]:
        return [Weight("value", (), "bias")]
