"""Patch embedding."""

from typing import Any, Literal

from vfmc.components.base import Finding, Stage, Weight, arg
from vfmc.types import Grid, Image, Tokens, Type, known

INITIALIZERS = Literal["truncated_normal", "xavier", "clip", "torch"]


class Patches(Stage):
    """Cuts an image into square patches and embeds each by one linear map; adds nothing else (ViT, arXiv 2010.11929 eq. 1)."""

    example = "patches(size: 16, width: 768)"
    variants = ("all", "visible")
    size: int = arg(help="side of a patch in pixels", ge=1, le=1024)
    width: int = arg(help="width of the tokens", ge=1, le=65536)
    bias: bool = arg(True, help="whether the map has a bias")
    initializer: INITIALIZERS = arg("truncated_normal", help="how the weights begin")

    def signature(self, x: Type) -> Type:
        if not isinstance(x, Image):
            raise Finding(f"`patches` takes an image, not {x.word}", label=f"this arrives: {x.describe()}")
        if not (known(x.height) and known(x.width)):
            raise Finding(
                "the size of the image is not known before training",
                code="SHP204",
                help="cut it by a view such as `random_resized_crop`, or give the input a `size:`",
            )
        assert isinstance(x.height, int) and isinstance(x.width, int)
        if x.height % self.size or x.width % self.size:
            fitting = [n for n in range(2, x.height + 1) if x.height % n == 0 and x.width % n == 0]
            near = sorted(fitting, key=lambda n: abs(n - self.size))[:2]
            raise Finding(
                f"patches of {self.size} pixels do not divide an image of {x.height} x {x.width}",
                argument="size",
                code="SHP205",
                help=f"patches of {' or '.join(map(str, sorted(near)))} pixels do; so does an image of {x.height // self.size * self.size or self.size} pixels",
            )
        grid = Grid(x.height // self.size, x.width // self.size, x.crop, (self.size, self.size))
        return Tokens(grid.count, self.width, grid=grid)

    def weights(self, x: Type) -> list[Weight]:
        assert isinstance(x, Image)
        weights = [Weight("weight", (self.width, x.channels * self.size * self.size))]
        return weights + [Weight("bias", (self.width,), "bias")] * self.bias

    def facts(self, x: Type) -> dict[str, Any]:
        assert isinstance(x, Image)
        return {"channels": x.channels}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        assert isinstance(x, Image) and isinstance(out, Tokens)
        return out.count * self.width * x.channels * self.size * self.size
