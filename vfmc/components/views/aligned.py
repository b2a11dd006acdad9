"""The same crop of another map."""

from dataclasses import replace
from typing import Any, Literal

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.components.crops import Crop, picture
from vfmc.components.pixels import Normalize, normalize
from vfmc.components.views.mixup import Mixup
from vfmc.types import Image, Type


class Aligned(View):
    """The box and the flip that the view `with` drew for the same sample, cut from another map of the scene: depth, thermal.

    The map is first brought to the size of the picture that `with` cuts, so that both boxes show the same place. ImageBind crops images
    and depth so (arXiv 2305.05665 sec. 4.3 [recalled]).
    """

    kind = "view"
    example = "aligned(of: heat, with: crop)"
    of: Ref = operand(Image, help="the map that is cropped")
    with_: Ref = operand(Image, alias="with", help="the view whose box and flip are used")
    interpolation: Literal["bilinear", "bicubic", "nearest"] = arg(
        "bilinear", help="how pixels are resampled"
    )
    normalize: Normalize = arg("none", help="none, imagenet, openai_clip, inception, or {mean:, std:}")

    def signature(self, name: str) -> Type:
        given, crop = picture(self.of), self.with_.component
        if not isinstance(crop, Crop):
            raise Finding(
                f"`{self.with_.name}` is no view that crops, so it has no box to share",
                argument="with",
                code="DAT412",
                help=f"it mixes the pictures of `{crop.of.name}`: name that one"
                if isinstance(crop, Mixup)
                else "name a view such as random_resized_crop",
            )
        normalize(self.normalize, channels=given.channels)
        shape = self.with_.type
        assert isinstance(shape, Image)
        return replace(given, height=shape.height, width=shape.width, crop=name)

    def follows(self) -> str:
        return self.with_.name

    def _program(self, geometry: list[dict[str, Any]]) -> list[dict[str, Any]]:
        steps = [
            {**step, "interpolation": self.interpolation} if "interpolation" in step else step
            for step in geometry
        ]
        channels = self.of.type.channels  # type: ignore[attr-defined]
        return [*steps, *normalize(self.normalize, channels=channels)]

    def programs(self) -> list[list[dict[str, Any]]]:
        return [self._program(self.with_.component.geometry())]

    def evaluate(self) -> list[dict[str, Any]]:
        return self._program([step for step in self.with_.component.evaluate() if step["op"] != "normalize"])
