"""A gate for every channel."""

from typing import Any

from vfmc.components import Stage, Weight, arg, fit
from vfmc.types import Type


class ChannelGate(Stage):
    """Multiplies every channel by a sigmoid of a linear map of the token (after squeeze and excitation, arXiv 1709.01507)."""

    example = "channel_gate(reduction: 4)"
    tokenwise = True
    reduction: int = arg(4, ge=1, le=64, help="the width divided by that of the bottleneck")

    def signature(self, x: Type) -> Type:
        width = fit.width(x, "channel_gate")
        if width % self.reduction:
            from vfmc.components import Finding

            raise Finding(
                f"a reduction of {self.reduction} does not divide a width of {width}",
                argument="reduction",
                code="SHP206",
            )
        return x

    def weights(self, x: Type) -> list[Weight]:
        width, narrow = fit.width(x, "channel_gate"), fit.width(x, "channel_gate") // self.reduction
        return [
            Weight("down.weight", (narrow, width)),
            Weight("down.bias", (narrow,), "bias"),
            Weight("up.weight", (width, narrow)),
            Weight("up.bias", (width,), "bias"),
        ]

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": fit.width(x, "channel_gate")}
