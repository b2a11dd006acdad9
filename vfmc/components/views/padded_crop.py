"""The crop for small images that must not be mirrored, such as digits."""

from typing import Any

from vfmc.components import arg
from vfmc.components.crops import Crop


class PaddedCrop(Crop):
    """Resize to `size`, pad by `padding` pixels, cut at random: shifts without flips (the CIFAR recipe, arXiv 1512.03385 sec. 4.2)."""

    kind = "view"
    example = "padded_crop(of: image, size: 32, padding: 4)"
    padding: int = arg(4, ge=0, le=8192, help="pixels added on every side before the crop")

    def geometry(self) -> list[dict[str, Any]]:
        rows, columns = self.sides()
        return [
            {"op": "resize", "size": [rows, columns], "interpolation": self.interpolation},
            {"op": "random_crop", "size": [rows, columns], "padding": self.padding},
        ]
