"""Layer normalisation."""

from typing import Any

from vfmc.components import FULL, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Tokens, Type, Vector


class Layernorm(Stage):
    """Layer normalisation over the width (arXiv 1607.06450). Vision transformers use 1e-6, CLIP 1e-5."""

    example = "layernorm"
    keeps_space = True
    tokenwise = True
    epsilon: float = arg(1e-6, gt=0, lt=1, help="added to the variance")

    def signature(self, x: Type) -> Type:
        fit.width(x, "layernorm")
        return replace(x, unit=False) if isinstance(x, Tokens | Vector) else x

    def weights(self, x: Type) -> list[Weight]:
        width = fit.width(x, "layernorm")
        return [Weight("weight", (width,), "norm"), Weight("bias", (width,), "norm")]

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": fit.width(x, "layernorm")}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        means = x.count if isinstance(x, Tokens) else 1
        return Saved(full=2 * means, operands={"x": FULL})
