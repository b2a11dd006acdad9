"""The vision transformer as one word."""

from typing import Any, Literal

from vfmc.components.base import Finding, Stage, arg
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


class Vit(Stage):
    """A vision transformer: patches, class token, learned positions, blocks, a last layer norm (ViT, arXiv 2010.11929).

    `size` is a published size with its patch, such as "B/16"; width, depth, heads and patch give others.
    """

    example = 'vit(size: "B/16")'
    origins = {
        "patches.size": ("patch", "size"),
        "patches.width": ("width", "size"),
        "blocks.depth": ("depth", "size"),
        "blocks.heads": ("heads", "size"),
        "position.kind": ("position",),
    }
    size: str | None = arg(None, help='a published size and patch: Ti, S, B, L, H, g or G, such as "B/16"')
    width: int | None = arg(None, ge=1, le=65536, help="width of the tokens")
    depth: int | None = arg(None, ge=1, le=1024, help="number of blocks")
    heads: int | None = arg(None, ge=1, le=1024, help="attention heads")
    patch: int | None = arg(None, ge=1, le=1024, help="side of a patch in pixels")
    mlp: int | None = arg(
        None, ge=1, le=1_000_000, help="hidden width of the perceptrons; four times the width if not given"
    )
    registers: int = arg(0, ge=0, le=64, help="register tokens beside the class token")
    position: Literal["learned", "sincos"] = arg("learned", help="learned, or fixed sines and cosines")
    pre_norm: bool = arg(False, help="a layer norm before the first block, and patches without bias (CLIP)")
    activation: Literal["gelu", "quick_gelu", "relu"] = arg("gelu", help="of the perceptrons")
    epsilon: float = arg(1e-6, gt=0, lt=1, help="of the layer norms")
    drop_path: float = arg(
        0.0, ge=0, lt=1, help="stochastic depth: the last block's rate, growing linearly from 0"
    )
    initializer: Literal["truncated_normal", "clip"] = arg("truncated_normal", help="how the weights begin")

    def sizes(self) -> tuple[int, int, int, int]:
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
        clip = self.initializer == "clip"
        stages: list[dict[str, Any]] = [
            {
                "use": "patches",
                "size": patch,
                "width": width,
                "bias": not self.pre_norm,
                "initializer": "torch" if clip else "truncated_normal",
            },
            {"use": "prefix", "cls": 1, "registers": self.registers, "initializer": self.initializer},
            {"use": "position", "kind": self.position, "initializer": self.initializer},
        ]
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
                "initializer": "torch" if clip else "truncated_normal",
            }
        )
        stages.append({"use": "layernorm", "epsilon": self.epsilon, "as": "norm"})
        return stages
