"""Patches of a signal."""

from typing import Any

from vfmc.components import Finding, Saved, Stage, Weight, arg
from vfmc.components.stages.patches import INITIALIZERS
from vfmc.types import Audio, Image, Signal, Tokens, Type, known


class SignalPatches(Stage):
    """Cuts a signal into equal stretches and embeds each by one linear map (ImageBind's IMU stem, arXiv 2305.05665 sec. 3.3).

    The numbers of a stretch are ordered (channel, moment), as a convolution over time holds them. Tokens have no grid.
    """

    example = "signal_patches(size: 8, width: 512, bias: false)"
    size: int = arg(help="readings in a stretch", ge=1, le=65536)
    width: int = arg(help="width of the tokens", ge=1, le=65536)
    bias: bool = arg(True, help="whether the map has a bias")
    initializer: INITIALIZERS = arg("truncated_normal", help="how the weights begin")

    def signature(self, x: Type) -> Type:
        if not isinstance(x, Signal):
            help = {
                Image: "`patches` makes tokens of an image",
                Audio: "a `mel` view makes a spectrogram of it",
            }
            raise Finding(
                f"`signal_patches` takes a signal, not {x.word}",
                help=next((text for kind, text in help.items() if isinstance(x, kind)), ""),
                label=f"this arrives: {x.describe()}",
            )
        if not known(x.length):
            raise Finding(
                "the length of the signal is not known before training",
                code="SHP204",
                help="cut it by a view such as `window`",
            )
        assert isinstance(x.length, int)
        if x.length % self.size:
            fitting = [n for n in range(1, x.length + 1) if x.length % n == 0]
            near = sorted(sorted(fitting, key=lambda n: abs(n - self.size))[:2])
            raise Finding(
                f"stretches of {self.size} readings do not divide a signal of {x.length}",
                argument="size",
                code="SHP205",
                help=f"stretches of {' or '.join(map(str, near))} do",
            )
        return Tokens(x.length // self.size, self.width)

    def weights(self, x: Type) -> list[Weight]:
        assert isinstance(x, Signal)
        weights = [Weight("weight", (self.width, x.channels * self.size))]
        return weights + [Weight("bias", (self.width,), "bias")] * self.bias

    def facts(self, x: Type) -> dict[str, Any]:
        assert isinstance(x, Signal)
        return {"channels": x.channels}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        assert isinstance(x, Signal) and isinstance(out, Tokens)
        return out.count * self.width * x.channels * self.size

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        assert isinstance(x, Signal) and isinstance(out, Tokens)
        return Saved(half=out.count * x.channels * self.size)
