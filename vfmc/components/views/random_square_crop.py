"""CLIP's only augmentation."""

from typing import Any

from vfmc.components import arg
from vfmc.components.crops import Crop
from vfmc.components.pixels import Normalize


class RandomSquareCrop(Crop):
    """The shorter side is resized to `size`, then a square is cut at random (CLIP, arXiv 2103.00020 sec. 2.3)."""

    kind = "view"
    example = "random_square_crop(of: image, size: 224)"
    normalize: Normalize = arg("openai_clip", help="none, imagenet, openai_clip, inception, or {mean:, std:}")

    def geometry(self) -> list[dict[str, Any]]:
        rows, columns = self.sides()
        return [
            {"op": "resize", "size": min(rows, columns), "interpolation": self.interpolation},
            {"op": "random_crop", "size": [rows, columns], "padding": 0},
        ]
