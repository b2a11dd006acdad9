"""One linear map."""

from typing import Any, Literal

from vfmc.components import HALF, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Tokens, Type, Vector


class Linear(Stage):
    """One linear map of every token or of the vector."""

    example = "linear(out: 512)"
    tokenwise = True
    out: int = arg(help="width of the result", ge=1, le=10_000_000)
    bias: bool = arg(True, help="whether it has a bias")
    initializer: Literal["truncated_normal", "xavier", "clip", "torch"] = arg(
        "truncated_normal", help="how the weights begin"
    )
    init_scale: float = arg(
        1.0, gt=0, le=1, help="factor of the initial weights (0.001 in BEiT's classifiers)"
    )

    def signature(self, x: Type) -> Type:
        fit.width(x, "linear")
        if isinstance(x, Tokens | Vector):
            return replace(x, width=self.out, unit=False, space="")
        return x

    def weights(self, x: Type) -> list[Weight]:
        weights = [Weight("weight", (self.out, fit.width(x, "linear")))]
        return weights + [Weight("bias", (self.out,), "bias")] * self.bias

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": fit.width(x, "linear")}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        count = out.count if isinstance(out, Tokens) else 1
        return count * self.out * fit.width(x, "linear")

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(operands={"x": HALF})
