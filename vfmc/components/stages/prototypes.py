"""Weight-normalised prototypes."""

from typing import Any

from vfmc.components import HALF, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Tokens, Type, Vector


class Prototypes(Stage):
    """Scores against prototypes of unit length: a linear map without bias whose rows are normalised.

    `learn_length` gives every prototype a learned length, as weight normalisation with a trained gain does (DINO, arXiv 2104.14294 appendix).
    """

    example = "prototypes(count: 65536)"
    tokenwise = True
    count: int = arg(help="number of prototypes", ge=2, le=10_000_000)
    learn_length: bool = arg(False, help="whether the lengths of the prototypes are learned")

    def signature(self, x: Type) -> Type:
        fit.width(x, "prototypes")
        return replace(x, width=self.count, unit=False, space="") if isinstance(x, Tokens | Vector) else x

    def weights(self, x: Type) -> list[Weight]:
        length = [Weight("length", (self.count, 1), "scale")] if self.learn_length else []
        return [*length, Weight("weight", (self.count, fit.width(x, "prototypes")))]

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": fit.width(x, "prototypes")}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        count = out.count if isinstance(out, Tokens) else 1
        return count * self.count * fit.width(x, "prototypes")

    def features(self) -> set[str]:
        return {"length"} if self.learn_length else set()

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        unit = self.count * fit.width(x, "prototypes")
        return Saved(once=unit * (3 if self.learn_length else 1), operands={"x": HALF})
