"""Patch embedding."""

from typing import Any, Literal

from vfmc.components import Finding, Saved, Stage, Weight, arg, fit
from vfmc.types import Grid, Image, Signal, Tokens, Type, Video, known

INITIALIZERS = Literal["truncated_normal", "xavier", "clip", "torch"]


class Patches(Stage):
    """Cuts an image into patches and embeds each by one linear map; adds nothing else (ViT, arXiv 2010.11929 eq. 1).

    A `stride` below the size lets patches overlap (AST, arXiv 2104.01778 sec. 2.1); pixels at the far edges that fill no patch are left out.
    With `frames` a patch goes through several pictures of a video, and an image stands still for so long (ImageBind, arXiv 2305.05665 sec. 3.2).
    """

    example = "patches(size: 16, width: 768)"
    variants = ("all", "visible")
    size: int | list[int] = arg(help="side of a patch in pixels, or [rows, columns]")
    width: int = arg(help="width of the tokens", ge=1, le=65536)
    bias: bool = arg(True, help="whether the map has a bias")
    stride: int | list[int] | None = arg(
        None, help="pixels from one patch to the next, or [rows, columns]; the size if not given"
    )
    frames: int = arg(1, ge=1, le=64, help="pictures of a video that one patch goes through")
    initializer: INITIALIZERS = arg("truncated_normal", help="how the weights begin")

    def sides(self) -> tuple[int, int]:
        """Rows and columns of a patch."""
        return fit.sides(self.size, "size", 1024)

    def steps(self) -> tuple[int, int]:
        """Rows and columns from one patch to the next."""
        return self.sides() if self.stride is None else fit.sides(self.stride, "stride", 1024)

    def plainly(self) -> bool:
        """Whether patches are squares side by side, of one picture."""
        return isinstance(self.size, int) and self.steps() == self.sides() and self.frames == 1

    def signature(self, x: Type) -> Type:
        if not isinstance(x, Image | Video):
            help = "`signal_patches` makes tokens of a signal" if isinstance(x, Signal) else ""
            raise Finding(
                f"`patches` takes an image, not {x.word}", help=help, label=f"this arrives: {x.describe()}"
            )
        if isinstance(x, Video) and x.frames != self.frames:
            raise Finding(
                f"patches through {self.frames} {'picture' if self.frames == 1 else 'pictures'} do not fit a video of {x.frames}",
                argument="frames",
                code="SHP216",
                help=f"frames: {x.frames} takes the whole of it",
            )
        if not (known(x.height) and known(x.width)):
            raise Finding(
                f"the size of {x.word.replace('an ', 'the ').replace('a ', 'the ')} is not known before training",
                code="SHP204",
                help="cut it by a view such as `random_resized_crop`, or give the input a `size:`",
            )
        assert isinstance(x.height, int) and isinstance(x.width, int)
        (high, wide), (down, right) = self.sides(), self.steps()
        if down > high or right > wide:
            raise Finding(
                f"a stride of {down} x {right} leaves out pixels between patches of {high} x {wide}",
                argument="stride",
                code="SHP205",
                help="a stride is at most the size of a patch",
            )
        if self.stride is None:
            self._divides(x.word, x.height, x.width)
        elif high > x.height or wide > x.width:
            raise Finding(
                f"a patch of {high} x {wide} pixels is larger than {x.word} of {x.height} x {x.width}",
                argument="size",
                code="SHP205",
            )
        rows, columns = (x.height - high) // down + 1, (x.width - wide) // right + 1
        grid = Grid(
            rows, columns, x.crop, (high, wide), None if (down, right) == (high, wide) else (down, right)
        )
        return Tokens(grid.count, self.width, grid=grid)

    def _divides(self, word: str, height: int, width: int) -> None:
        """Raises where patches side by side leave a rest."""
        high, wide = self.sides()
        if not (height % high or width % wide):
            return
        if isinstance(self.size, int):
            fitting = [n for n in range(2, height + 1) if height % n == 0 and width % n == 0]
            near = sorted(fitting, key=lambda n: abs(n - high))[:2]
            help = f"patches of {' or '.join(map(str, sorted(near)))} pixels do; so does an image of {height // high * high or high} pixels"
        else:
            turned = not (height % wide or width % high)
            help = (
                f"rows come first: size: [{wide}, {high}] does"
                if turned
                else "a `stride` lets it leave a rest"
            )
        size = f"{high}" if isinstance(self.size, int) else f"{high} x {wide}"
        raise Finding(
            f"patches of {size} pixels do not divide {word} of {height} x {width}",
            argument="size",
            code="SHP205",
            help=help,
        )

    def inputs(self, x: Type) -> int:
        """Numbers in a patch, ordered (channel, picture, row, column)."""
        assert isinstance(x, Image | Video)
        high, wide = self.sides()
        return x.channels * self.frames * high * wide

    def weights(self, x: Type) -> list[Weight]:
        weights = [Weight("weight", (self.width, self.inputs(x)))]
        return weights + [Weight("bias", (self.width,), "bias")] * self.bias

    def facts(self, x: Type) -> dict[str, Any]:
        assert isinstance(x, Image | Video)
        if self.plainly():
            return {"channels": x.channels}
        return {"channels": x.channels, "size": self.sides(), "stride": self.steps()}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        assert isinstance(out, Tokens)
        return out.count * self.width * self.inputs(x)

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        assert isinstance(out, Tokens)
        return Saved(half=out.count * self.inputs(x))
