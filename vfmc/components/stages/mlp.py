"""A perceptron."""

from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

from vfmc.components import fit
from vfmc.components.base import Stage, Weight, Width, arg
from vfmc.types import Tokens, Type, Vector


class Mlp(Stage):
    """Linear maps with an activation between them, none after the last."""

    example = "mlp(hidden: [2048, 2048], out: 256)"
    tokenwise = True
    hidden: list[Width] = arg(help="widths between the maps", min_length=1, max_length=64)
    out: int = arg(help="width of the result", ge=1, le=10_000_000)
    activation: Literal["gelu", "relu"] = arg("gelu", help="between the maps")
    bias: bool = arg(True, help="whether the maps have biases")
    initializer: Literal["truncated_normal", "xavier", "torch"] = arg(
        "truncated_normal", help="how the weights begin"
    )

    def widths(self, x: Type) -> list[int]:
        return [fit.width(x, "mlp"), *self.hidden, self.out]

    def signature(self, x: Type) -> Type:
        fit.width(x, "mlp")
        return replace(x, width=self.out, unit=False, space="") if isinstance(x, Tokens | Vector) else x

    def weights(self, x: Type) -> list[Weight]:
        widths = self.widths(x)
        found = []
        for index, (into, out) in enumerate(pairwise(widths)):
            found.append(Weight(f"{2 * index}.weight", (out, into)))  # activations take the odd places
            found += [Weight(f"{2 * index}.bias", (out,), "bias")] * self.bias
        return found

    def facts(self, x: Type) -> dict[str, Any]:
        return {"widths": self.widths(x)}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        count = out.count if isinstance(out, Tokens) else 1
        widths = self.widths(x)
        return count * sum(into * out for into, out in pairwise(widths))
