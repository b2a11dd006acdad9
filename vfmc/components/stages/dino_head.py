"""DINO's projection head as one word."""

from typing import Any, Literal

from vfmc.components import Stage, arg
from vfmc.types import Type


class DinoHead(Stage):
    """Three linear maps to a bottleneck, unit length, then prototypes of unit length (DINO, arXiv 2104.14294 appendix)."""

    example = "dino_head(hidden: 2048, bottleneck: 256, out: 65536)"
    origins = {"mlp.out": ("bottleneck",), "prototypes.count": ("out",)}
    hidden: int = arg(2048, ge=1, le=1_000_000, help="width of the two hidden layers")
    bottleneck: int = arg(256, ge=1, le=1_000_000, help="width before the prototypes")
    out: int = arg(65536, ge=2, le=10_000_000, help="number of prototypes")
    learn_length: bool = arg(False, help="whether the lengths of the prototypes are learned")
    initializer: Literal["truncated_normal", "xavier", "torch"] = arg(
        "truncated_normal", help="how the linear maps begin"
    )

    def expand(self, x: Type) -> list[dict[str, Any]]:
        return [
            {
                "use": "mlp",
                "hidden": [self.hidden, self.hidden],
                "out": self.bottleneck,
                "initializer": self.initializer,
            },
            {"use": "l2norm"},
            {"use": "prototypes", "count": self.out, "learn_length": self.learn_length, "as": "last"},
        ]
