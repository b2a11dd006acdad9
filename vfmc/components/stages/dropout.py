"""Dropout."""

from typing import Any

from vfmc.components import Saved, Stage, arg, fit
from vfmc.types import Tokens, Type


class Dropout(Stage):
    """Sets elements to zero at random while training, and scales the rest (arXiv 1207.0580). Drawn from the sample's key."""

    example = "dropout(p: 0.1)"
    p: float = arg(ge=0, lt=1, help="probability of an element to be dropped")

    @property
    def random(self) -> bool:  # type: ignore[override]
        return self.p > 0

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        fit.width(x, "dropout")
        return x

    def facts(self, x: Type) -> dict[str, Any]:
        return {"count": x.count if isinstance(x, Tokens) else 1}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        """Which numbers were kept, a byte each."""
        count = x.count if isinstance(x, Tokens) else 1
        return Saved(full=count * fit.width(x, "dropout") // 4 if self.random else 0)
