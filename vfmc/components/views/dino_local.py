"""DINO's small crops."""

from typing import Any

from vfmc.components import arg
from vfmc.components.crops import RandomResizedCrop
from vfmc.components.dino_colour import byol_colours


class DinoLocal(RandomResizedCrop):
    """The small views of multi-crop, blurred half of the time (DINO, arXiv 2104.14294 appendix)."""

    kind = "view"
    example = "dino_local(of: image, count: 8, size: 96)"
    count: int | None = arg(8, ge=1, le=64, help="makes a list of so many views")
    size: int | list[int] = arg(96, help="side in pixels, or [rows, columns]")
    scale: list[float] = arg(
        [0.05, 0.4], min_length=2, max_length=2, help="area of the crop as a share of the image"
    )
    colours: bool = arg(True, help="whether colours are changed; false leaves geometry alone")

    def photometry(self, view: int) -> list[dict[str, Any]]:
        return byol_colours(blur=0.5, solarize=0.0) if self.colours else []
