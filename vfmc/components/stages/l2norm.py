"""Unit length."""

from vfmc.components import FULL, Saved, Stage, fit
from vfmc.source.record import replace
from vfmc.types import Tokens, Type, Vector


class L2norm(Stage):
    """Divides every vector by its length, so that a dot product is a cosine."""

    example = "l2norm"
    tokenwise = True

    def signature(self, x: Type) -> Type:
        fit.width(x, "l2norm")
        return replace(x, unit=True) if isinstance(x, Tokens | Vector) else x

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        lengths = x.count if isinstance(x, Tokens) else 1
        return Saved(full=2 * lengths, operands={"x": FULL})
