"""Residual convolutional networks."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from vfmc.components import HALF, Finding, Saved, Stage, Weight, arg
from vfmc.components.norms import Norm, batch_norm
from vfmc.types import Features, Image, Type, known

# Residual blocks in each of the four groups (arXiv 1512.03385 table 1).
BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
BOTTLENECK = 50  # from this depth on blocks are 1x1, 3x3, 1x1
EXPANSION = 4  # how much wider the last of the three is


class Convolution(NamedTuple):
    """A square convolution without bias, padded so that stride 1 keeps the size, and its batch norm. `size` is of its result."""

    name: str
    norm: str
    into: int
    out: int
    kernel: int
    stride: int
    size: tuple[int, int]
    layer: int | None  # the block that it belongs to


class Resnet(Stage):
    """A residual network up to its last feature map (arXiv 1512.03385), `mean` of which is its feature.

    Where a block of three convolutions shrinks the map, the 3x3 one has the stride ("v1.5", as torchvision and timm have it).
    """

    example = "resnet(depth: 50)"
    couples = True
    depth: Literal[18, 34, 50, 101, 152] = arg(help="18, 34, 50, 101 or 152 layers")
    width: int = arg(64, ge=1, le=4096, help="channels of the first group; each group has twice as many")
    norm: Norm = arg("batch", help="batch, or sync_batch for statistics over all ranks")
    stem: Literal["imagenet", "small"] = arg(
        "imagenet", help="7x7 with stride 2 and pooling, or 3x3 alone for small images (SimCLR's CIFAR-10)"
    )
    zero_init: bool = arg(
        True, help="whether the last gain of every block begins at 0 (arXiv 1706.02677 sec. 5.1)"
    )

    drop_path: float = arg(
        0.0,
        ge=0,
        lt=1,
        help="stochastic depth: the last block's rate, growing linearly from 0 (arXiv 1603.09382)",
    )

    @property
    def random(self) -> bool:  # type: ignore[override]
        return self.drop_path > 0

    @property
    def bottleneck(self) -> bool:
        return self.depth >= BOTTLENECK

    def kind_of_block(self) -> str:
        """Its class in generated code."""
        return "Bottleneck" if self.bottleneck else "BasicBlock"

    def image(self, x: Type) -> Image:
        if not isinstance(x, Image):
            raise Finding(f"`resnet` takes an image, not {x.word}", label=f"this arrives: {x.describe()}")
        if not (known(x.height) and known(x.width)):
            raise Finding(
                "the size of the image is not known before training",
                code="SHP204",
                help="cut it by a view such as `random_resized_crop`, or give the input a `size:`",
            )
        return x

    def convolutions(self, x: Type) -> Iterator[Convolution]:
        """All of them, in the order of the state dict."""
        image = self.image(x)
        assert isinstance(image.height, int) and isinstance(image.width, int)
        size, into = (image.height, image.width), self.width
        if self.stem == "imagenet":
            size = halved(size)
            yield Convolution("conv1", "bn1", image.channels, into, 7, 2, size, None)
            size = halved(size)  # by pooling
        else:
            yield Convolution("conv1", "bn1", image.channels, into, 3, 1, size, None)
        layer = 0
        for group, count in enumerate(BLOCKS[self.depth]):
            width = self.width * 2**group
            for block in range(count):
                stride = 2 if group and not block else 1
                after = halved(size) if stride == 2 else size
                name = f"layer{group + 1}.{block}"
                yield from self.block(name, into, width, stride, size, after, layer)
                size, into, layer = after, self.out(width), layer + 1

    def out(self, width: int) -> int:
        return width * EXPANSION if self.bottleneck else width

    def block(
        self, name: str, into: int, width: int, stride: int, size: tuple[int, int], after: tuple[int, int], layer: int
    ) -> Iterator[Convolution]:  # fmt: skip
        """The convolutions of one residual block, with that of its shortcut where the shape changes."""

        def one(
            number: int, into: int, out: int, kernel: int, stride: int, size: tuple[int, int]
        ) -> Convolution:
            return Convolution(f"{name}.conv{number}", f"{name}.bn{number}", into, out, kernel, stride, size, layer)  # fmt: skip

        out = self.out(width)
        if self.bottleneck:
            yield one(1, into, width, 1, 1, size)
            yield one(2, width, width, 3, stride, after)
            yield one(3, width, out, 1, 1, after)
        else:
            yield one(1, into, out, 3, stride, after)
            yield one(2, out, out, 3, 1, after)
        if stride != 1 or into != out:
            shortcut = f"{name}.downsample"
            yield Convolution(f"{shortcut}.0", f"{shortcut}.1", into, out, 1, stride, after, layer)

    def signature(self, x: Type) -> Type:
        last = list(self.convolutions(x))[-1]
        stride = 32 if self.stem == "imagenet" else 8
        return Features(last.out, *last.size, stride=stride)

    def weights(self, x: Type) -> list[Weight]:
        return [
            weight
            for c in self.convolutions(x)
            for weight in (
                Weight(f"{c.name}.weight", (c.out, c.into, c.kernel, c.kernel), layer=c.layer),
                *batch_norm(f"{c.norm}.", c.out, layer=c.layer),
            )
        ]

    def facts(self, x: Type) -> dict[str, Any]:
        return {
            "channels": self.image(x).channels,
            "blocks": list(BLOCKS[self.depth]),
            "block": self.kind_of_block(),
            "last": "bn3" if self.bottleneck else "bn2",
        }

    def macs(self, x: Type, out: Type, variant: str) -> int:
        return sum(c.size[0] * c.size[1] * c.out * c.into * c.kernel * c.kernel for c in self.convolutions(x))

    def features(self) -> set[str]:
        found = {f"stem_{self.stem}", self.kind_of_block()} | ({self.norm} & {"sync_batch"})
        return found | ({"drop_path"} if self.drop_path else set())

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        """The input of every norm, the result of every rectifier, and where pooling found its maxima (eight bytes each)."""
        normed = rectified = pooled = 0
        for c in self.convolutions(x):
            size = c.size[0] * c.size[1] * c.out
            normed += size
            rectified += 0 if ".downsample" in c.name else size  # a shortcut has no rectifier
            if c.layer is None and self.stem == "imagenet":
                pooled = halved(c.size)[0] * halved(c.size)[1] * c.out
        synced = self.norm == "sync_batch"
        assert isinstance(out, Features)
        rectified -= out.channels * out.height * out.width  # the last one is the result
        return Saved(
            2 * pooled + normed * synced,
            normed * (not synced) + rectified + pooled,
            operands={"x": HALF},
            result=HALF,
        )


def halved(size: tuple[int, int]) -> tuple[int, int]:
    """After a step of two with half of the kernel as padding."""
    return (size[0] + 1) // 2, (size[1] + 1) // 2
