"""SimCLR's augmentation."""

from typing import Annotated, Any

from pydantic import Field

from vfmc.components import arg
from vfmc.components.crops import RandomResizedCrop


class Simclr(RandomResizedCrop):
    """Two views of one image: crop and flip, then strong jitter of colours, grey, blur (SimCLR, arXiv 2002.05709 appendix A).

    Pixels stay in [0, 1]. SLIP takes jitter [0.4, 0.4, 0.4, 0.1] and normalises (facebookresearch/SLIP `datasets.py`); for CIFAR-10 the
    paper halves `strength` and leaves the blur out.
    """

    kind = "view"
    example = "simclr(of: image, size: 224)"
    count: int | None = arg(2, ge=1, le=64, help="makes a list of so many views")
    normalize: str = arg("none", help="none, imagenet, openai_clip or inception")
    jitter: list[Annotated[float, Field(ge=0, le=1)]] = arg(
        [0.8, 0.8, 0.8, 0.2],
        min_length=4,
        max_length=4,
        help="how far brightness, contrast, saturation and hue move, before `strength`",
    )
    strength: float = arg(1.0, ge=0, le=1, help="multiplies the jitter")
    jitter_p: float = arg(0.8, ge=0, le=1, help="probability of the jitter")
    grey_p: float = arg(0.2, ge=0, le=1, help="probability of a grey image")
    blur_p: float = arg(0.5, ge=0, le=1, help="probability of a blur, of 0.1 to 2 pixels")

    def photometry(self, view: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if self.jitter_p and self.strength:
            names = ("brightness", "contrast", "saturation", "hue")
            moves = {name: self.strength * own for name, own in zip(names, self.jitter, strict=True)}
            found.append({"op": "color_jitter", **moves, "p": self.jitter_p, "order": "random"})
        if self.grey_p:
            found.append({"op": "grayscale", "p": self.grey_p})
        if self.blur_p:
            found.append({"op": "gaussian_blur", "sigma": [0.1, 2.0], "p": self.blur_p})
        return found
