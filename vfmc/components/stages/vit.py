"""The vision transformer as one word."""

from typing import Any, Literal

from vfmc.components import Finding, Stage, arg
from vfmc.types import Type

# width, depth, heads (ViT, arXiv 2010.11929 table 1; DeiT, arXiv 2012.12877 table 1; arXiv 2106.04560 table 2)
SIZES = {
    "Ti": (192, 12, 3),
    "S": (384, 12, 6),
    "B": (768, 12, 12),
    "L": (1024, 24, 16),
    "H": (1280, 32, 16),
    "g": (1408, 40, 16),
    "G": (1664, 48, 16),
}

# how patches, then prefix and positions, then blocks begin
INITIALIZERS = {
    "truncated_normal": ("truncated_normal", "truncated_normal", "truncated_normal"),
    "clip": ("torch", "clip", "torch"),
    "imagebind": ("torch", "clip", "xavier"),
}
STEM_EPSILON = 1e-5  # of ImageBind's stem norms, whatever the epsilon of its trunks


class Vit(Stage):
    """A vision transformer: patches, class token, learned positions, blocks, a last layer norm (ViT, arXiv 2010.11929).

    `size` is a published size with its patch, such as "B/16"; width, depth, heads and patch give others.
    """

    example = 'vit(size: "B/16")'
    origins = {
        "patches.size": ("patch", "size"),
        "patches.width": ("width", "size"),
        "patches.stride": ("stride",),
        "patches.frames": ("frames",),
        "blocks.depth": ("depth", "size"),
        "blocks.heads": ("heads", "size"),
        "position.kind": ("position",),
    }
    size: str | None = arg(None, help='a published size and patch: Ti, S, B, L, H, g or G, such as "B/16"')
    width: int | None = arg(None, ge=1, le=65536, help="width of the tokens")
    depth: int | None = arg(None, ge=1, le=1024, help="number of blocks")
    heads: int | None = arg(None, ge=1, le=1024, help="attention heads")
    patch: int | list[int] | None = arg(None, help="side of a patch in pixels, or [rows, columns]")
    stride: int | list[int] | None = arg(
        None, help="pixels from one patch to the next, or [rows, columns]; the patch if not given"
    )
    frames: int = arg(1, ge=1, le=64, help="pictures of a video that one patch goes through")
    mlp: int | None = arg(
        None, ge=1, le=1_000_000, help="hidden width of the perceptrons; four times the width if not given"
    )
    registers: int = arg(0, ge=0, le=64, help="register tokens beside the class token")
    position: Literal["learned", "sincos"] = arg("learned", help="learned, or fixed sines and cosines")
    pre_norm: bool = arg(False, help="a layer norm before the first block, and patches without bias (CLIP)")
    stem_norm: bool = arg(
        False, help="a layer norm (epsilon 1e-5) of the patches alone, and patches without bias (ImageBind)"
    )
    bias_kv: bool = arg(False, help="one more key and value in every block, learned (ImageBind)")
    norm: bool = arg(True, help="whether a layer norm ends it")
    activation: Literal["gelu", "quick_gelu", "relu"] = arg("gelu", help="of the perceptrons")
    epsilon: float = arg(1e-6, gt=0, lt=1, help="of the layer norms")
    drop_path: float = arg(
        0.0, ge=0, lt=1, help="stochastic depth: the last block's rate, growing linearly from 0"
    )
    initializer: Literal["truncated_normal", "clip", "imagebind"] = arg(
        "truncated_normal",
        help="how the weights begin; clip and imagebind: tokens and positions N(0, 1 / width), patches as torch does, blocks as torch's "
        "attention does or Xavier's",
    )

    def sizes(self) -> tuple[int, int, int, int | list[int]]:
        """Width, depth, heads and patch."""
        width = depth = heads = patch = None
        if self.size is not None:
            word, _, pixels = self.size.partition("/")
            if word not in SIZES or not pixels.isdecimal() or not 1 <= int(pixels) <= 1024:
                raise Finding(
                    f"`{self.size}` is not a size",
                    argument="size",
                    code="SHP210",
                    help=f"a size is one of {', '.join(SIZES)}, a slash and the side of a patch, such as B/16",
                )
            (width, depth, heads), patch = SIZES[word], int(pixels)
        found = (self.width or width, self.depth or depth, self.heads or heads, self.patch or patch)
        missing = [
            name for name, value in zip(("width", "depth", "heads", "patch"), found, strict=True) if not value
        ]
        if missing:
            raise Finding(
                f"a vit without `size` needs {', '.join(missing)} as well",
                code="REF104",
                help='or give a published size, such as size: "B/16"',
            )
        return found  # type: ignore[return-value]

    def expand(self, x: Type) -> list[dict[str, Any]]:
        width, depth, heads, patch = self.sizes()
        patches, tokens, blocks = INITIALIZERS[self.initializer]
        stages: list[dict[str, Any]] = [
            {
                "use": "patches",
                "size": patch,
                "width": width,
                "bias": not (self.pre_norm or self.stem_norm),
                "stride": self.stride,
                "frames": self.frames,
                "initializer": patches,
            },
            {"use": "prefix", "cls": 1, "registers": self.registers, "initializer": tokens},
            {"use": "position", "kind": self.position, "initializer": tokens},
        ]
        if self.stem_norm:
            stages.insert(1, {"use": "layernorm", "epsilon": STEM_EPSILON, "as": "stem_norm"})
        if self.pre_norm:
            stages.append({"use": "layernorm", "epsilon": self.epsilon, "as": "pre_norm"})
        stages.append(
            {
                "use": "blocks",
                "depth": depth,
                "heads": heads,
                "mlp": self.mlp,
                "activation": self.activation,
                "epsilon": self.epsilon,
                "drop_path": self.drop_path,
                "bias_kv": self.bias_kv,
                "initializer": blocks,
            }
        )
        return stages + [{"use": "layernorm", "epsilon": self.epsilon, "as": "norm"}] * self.norm
