"""One minus the cosine."""

from vfmc.components import Finding, LossKind, Positive, Ref, Schedule, nested, operand
from vfmc.types import Vector


class CosineDistance(LossKind):
    """The mean of 1 - cos(a, b), times a scale that may move."""

    example = "cosine_distance(a: vision, b: text)"
    a: Ref = operand(Vector, help="one embedding")
    b: Ref = operand(Vector, help="the other")
    scale: Positive | Schedule = nested("schedule", 1.0, help="what the distance is multiplied by")

    def signature(self) -> None:
        one, other = self.a.type, self.b.type
        assert isinstance(one, Vector) and isinstance(other, Vector)
        if one.width != other.width:
            raise Finding(f"`a` is {one.width} wide and `b` is {other.width}", argument="b", code="SHP211")
