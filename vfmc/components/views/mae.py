"""MAE's augmentation."""

from vfmc.components import arg
from vfmc.components.crops import RandomResizedCrop


class Mae(RandomResizedCrop):
    """Random resized crop of area 0.2 to 1 and a flip, nothing else (MAE, arXiv 2111.06377 appendix A.1)."""

    kind = "view"
    example = "mae(of: image, size: 224)"
    scale: list[float] = arg(
        [0.2, 1.0], min_length=2, max_length=2, help="area of the crop as a share of the image"
    )
