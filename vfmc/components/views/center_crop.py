"""The deterministic crop."""

from typing import Any

from vfmc.components.crops import Crop


class CenterCrop(Crop):
    """Resize the shorter side, cut the centre: the same pixels at every visit."""

    kind = "view"
    example = "center_crop(of: image, size: 224)"

    def geometry(self) -> list[dict[str, Any]]:
        return self.evaluate()[:2]
