"""The augmentation of supervised training."""

from typing import Annotated, Any

from pydantic import Field

from vfmc.components import arg, nested
from vfmc.components.crops import RandomResizedCrop
from vfmc.components.pixels import EraseMode, erased
from vfmc.components.sections.randaugment import Randaugment


class SupervisedCrop(RandomResizedCrop):
    """The Inception crop of area 0.08 to 1 and a flip (arXiv 1409.4842 sec. 6); RandAugment and random erasing where asked for (DeiT,
    arXiv 2012.12877 table 9).

    Evaluation resizes the shorter side to 8/7 of the size (256 for 224) and cuts the centre.
    """

    kind = "view"
    example = "supervised_crop(of: image, size: 224, randaugment: {magnitude: 9}, erase: 0.25)"
    randaugment: Randaugment | None = nested(
        "section:randaugment.Randaugment", None, help="random operations"
    )
    jitter: list[Annotated[float, Field(ge=0, le=1)]] | None = arg(
        None,
        min_length=4,
        max_length=4,
        help="how far brightness, contrast, saturation and hue move; not at all if not given",
    )
    erase: float = arg(0.0, ge=0, le=1, help="chance that a box is replaced by noise (arXiv 1708.04896)")
    erase_mode: EraseMode = arg("pixel", help="what a box is filled with")
    evaluate_resize: float = Field(
        8 / 7, ge=1.0, description="evaluation resizes the shorter side to size times this, then centre-crops"
    )

    def photometry(self, view: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if self.randaugment is not None:
            means = next((step["mean"] for step in self.normalization()), [0.5])
            fill = [min(255, round(255 * mean)) for mean in means]
            found.append({"op": "randaugment", **self.randaugment.plain(), "fill": fill})
        if self.jitter is not None:
            names = ("brightness", "contrast", "saturation", "hue")
            found.append(
                {"op": "color_jitter", **dict(zip(names, self.jitter, strict=True)), "order": "random"}
            )
        return found

    def programs(self) -> list[list[dict[str, Any]]]:
        return [[*program, *erased(self.erase, self.erase_mode)] for program in super().programs()]
