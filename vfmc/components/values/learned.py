"""A learned scale."""

from typing import Any

from vfmc.components import ValueKind, Weight, arg
from vfmc.types import Number, Type


class Learned(ValueKind):
    """A positive number that is learned as its logarithm; after every step it is clamped to at most `max` (CLIP, arXiv 2103.00020 sec. 2.5).

    `init: 14.2857` is a temperature of 0.07.
    """

    example = "learned(init: 14.2857, max: 100)"
    init: float = arg(14.2857, gt=0, help="the number at the start")
    max: float | None = arg(None, gt=0, help="the largest value it may take; none does not clamp")
    min: float | None = arg(None, gt=0, help="the smallest value it may take; none does not clamp")

    def signature(self) -> Type:
        return Number(scales=True)

    def weights(self) -> list[Weight]:
        return [Weight("log", (), "scale")]

    def facts(self) -> dict[str, Any]:
        return {"clamped": self.max is not None or self.min is not None}

    def features(self) -> set[str]:
        return {"clamped"} if self.facts()["clamped"] else set()
