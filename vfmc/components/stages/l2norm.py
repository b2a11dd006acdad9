"""Unit length."""

from dataclasses import replace

from vfmc.components import Stage, fit
from vfmc.types import Tokens, Type, Vector


class L2norm(Stage):
    """Divides every vector by its length, so that a dot product is a cosine."""

    example = "l2norm"
    tokenwise = True

    def signature(self, x: Type) -> Type:
        fit.width(x, "l2norm")
        return replace(x, unit=True) if isinstance(x, Tokens | Vector) else x
