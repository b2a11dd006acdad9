"""The augmentation of supervised training."""

from typing import Any, Literal

from pydantic import Field

from vfmc.components import arg, nested
from vfmc.components.crops import RandomResizedCrop
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
    erase: float = arg(0.0, ge=0, le=1, help="chance that a box is replaced by noise (arXiv 1708.04896)")
    erase_mode: Literal["pixel", "colour", "zero"] = arg("pixel", help="what a box is filled with")
    evaluate_resize: float = Field(
        8 / 7, ge=1.0, description="evaluation resizes the shorter side to size times this, then centre-crops"
    )

    def photometry(self, view: int) -> list[dict[str, Any]]:
        if self.randaugment is None:
            return []
        means = next((step["mean"] for step in self.normalization()), [0.5])
        fill = [min(255, round(255 * mean)) for mean in means]
        return [{"op": "randaugment", **self.randaugment.plain(), "fill": fill}]

    def programs(self) -> list[list[dict[str, Any]]]:
        late = [{"op": "erase", "p": self.erase, "mode": self.erase_mode}] if self.erase else []
        return [[*program, *late] for program in super().programs()]
