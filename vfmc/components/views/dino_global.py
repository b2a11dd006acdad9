"""DINO's large crops."""

from typing import Any

from vfmc.components import arg
from vfmc.components.crops import RandomResizedCrop
from vfmc.components.dino_colour import byol_colours


class DinoGlobal(RandomResizedCrop):
    """The large views of multi-crop: the first is always blurred, the second seldom, and solarised (DINO, arXiv 2104.14294 appendix)."""

    kind = "view"
    example = "dino_global(of: image, count: 2, size: 224)"
    count: int | None = arg(2, ge=1, le=64, help="makes a list of so many views")
    scale: list[float] = arg(
        [0.4, 1.0], min_length=2, max_length=2, help="area of the crop as a share of the image"
    )
    colours: bool = arg(True, help="whether colours are changed; false leaves geometry alone")

    def photometry(self, view: int) -> list[dict[str, Any]]:
        if not self.colours:
            return []
        return byol_colours(blur=1.0, solarize=0.0) if view == 0 else byol_colours(blur=0.1, solarize=0.2)
