"""A perceptron."""

from itertools import pairwise
from typing import Any, Literal

from vfmc.components import HALF, Finding, Saved, Stage, Weight, Width, arg, fit
from vfmc.components.norms import batch_norm
from vfmc.source.record import replace
from vfmc.types import Tokens, Type, Vector


class Mlp(Stage):
    """Linear maps with an activation between them, none after the last; `norm` puts a batch norm behind each, the last one's apart."""

    example = "mlp(hidden: [2048, 2048], out: 256)"
    hidden: list[Width] = arg(help="widths between the maps", min_length=1, max_length=64)
    out: int = arg(help="width of the result", ge=1, le=10_000_000)
    activation: Literal["gelu", "relu"] = arg("gelu", help="between the maps")
    bias: bool = arg(True, help="whether the maps have biases")
    norm: Literal["none", "batch", "sync_batch"] = arg(
        "none", help="of the hidden layers, before the activation: none, batch, or sync_batch over all ranks"
    )
    last_norm: Literal["none", "full", "scale_only", "no_affine"] = arg(
        "none", help="the same norm after the last map: with gain and shift, the gain alone, or neither"
    )
    initializer: Literal["truncated_normal", "xavier", "torch"] = arg(
        "truncated_normal", help="how the weights begin"
    )

    @property
    def tokenwise(self) -> bool:  # type: ignore[override]
        return self.norm == "none"

    @property
    def couples(self) -> bool:  # type: ignore[override]
        return self.norm != "none"

    def consistent(self) -> None:
        if self.norm == "none" and self.last_norm != "none":
            raise Finding(
                "there is no norm to put after the last map",
                argument="last_norm",
                code="REF104",
                help="give norm: batch, or sync_batch over all ranks",
            )

    def features(self) -> set[str]:
        return {"sync_batch"} if self.norm == "sync_batch" else set()

    def widths(self, x: Type) -> list[int]:
        return [fit.width(x, "mlp"), *self.hidden, self.out]

    def signature(self, x: Type) -> Type:
        fit.width(x, "mlp")
        if self.norm != "none":
            fit.vector(x, "mlp with a batch norm")
        return replace(x, width=self.out, unit=False, space="") if isinstance(x, Tokens | Vector) else x

    def weights(self, x: Type) -> list[Weight]:
        """In the order of `nn.Sequential`: a map, its norm where it has one, the activation, and so on."""
        found: list[Weight] = []
        place, maps = 0, list(pairwise(self.widths(x)))
        for number, (into, out) in enumerate(maps, start=1):
            found.append(Weight(f"{place}.weight", (out, into)))
            found += [Weight(f"{place}.bias", (out,), "bias")] * self.bias
            last = number == len(maps)
            affine = self.last_norm if last else "none" if self.norm == "none" else "full"
            if affine != "none":
                place += 1
                found += batch_norm(f"{place}.", out, affine)
            place += 2  # the activation takes a place of its own
        return found

    def facts(self, x: Type) -> dict[str, Any]:
        return {"widths": self.widths(x)}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        count = out.count if isinstance(out, Tokens) else 1
        widths = self.widths(x)
        return count * sum(into * out for into, out in pairwise(widths))

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        count = out.count if isinstance(out, Tokens) else 1
        hidden = sum(self.hidden)
        kept = hidden * (2 if self.activation == "gelu" else 1)  # of the activation
        normed = (hidden if self.norm != "none" else 0) + (self.out if self.last_norm != "none" else 0)
        synced = self.norm == "sync_batch"
        return Saved(count * normed * synced, count * (kept + normed * (not synced)), operands={"x": HALF})
