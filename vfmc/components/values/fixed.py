"""A fixed number."""

from vfmc.components import ValueKind, arg
from vfmc.types import Number, Type


class Fixed(ValueKind):
    """A number that is not learned."""

    example = "fixed(value: 20)"
    value: float = arg(help="the number")

    def signature(self) -> Type:
        return Number(scales=True, shifts=True)
