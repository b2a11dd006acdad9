"""The same crop of another map."""

from typing import Any, Literal

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.components.crops import Crop, picture
from vfmc.components.following import moves
from vfmc.components.pixels import EraseMode, Normalize, erased, normalize
from vfmc.components.views.mixup import Mixup
from vfmc.source.record import replace
from vfmc.types import Depth, Image, Type


class Aligned(View):
    """Another map of the scene, depth or thermal, whose pixels move as the view `with` moved those of the same sample: its box, its flip,
    the rotations, shears and shifts of its RandAugment. Colours are left alone.

    The map is first brought to the size of the picture that `with` cuts, so that both show the same place. Where a rotation leaves no
    pixels stands the mean of `normalize`, or 0. ImageBind crops images and depth so (arXiv 2305.05665 sec. 4.3 [recalled]).
    """

    kind = "view"
    example = "aligned(of: heat, with: crop)"
    of: Ref = operand(Image, help="the map that is cropped")
    with_: Ref = operand(Image, alias="with", help="the view whose moves are followed")
    interpolation: Literal["bilinear", "bicubic", "nearest"] = arg(
        "bilinear", help="how pixels are resampled"
    )
    normalize: Normalize = arg("none", help="none, imagenet, openai_clip, inception, or {mean:, std:}")
    erase: float = arg(
        0.0, ge=0, le=1, help="chance that a box of the map alone is replaced (arXiv 1708.04896)"
    )
    erase_mode: EraseMode = arg("pixel", help="what a box is filled with")

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
        self.programs()  # whose moves must be known
        shape = self.with_.type
        assert isinstance(shape, Image)
        return replace(given, height=shape.height, width=shape.width, crop=name)

    def follows(self) -> str:
        return self.with_.name

    def _program(self, followed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        given = self.of.type
        assert isinstance(given, Image)
        last = normalize(self.normalize, channels=given.channels)
        empty: list[float] = [mean for step in last for mean in step["mean"]] or [0.0]
        if not isinstance(given, Depth):  # bytes
            empty = [min(255, round(255 * mean)) for mean in empty]
        return [*moves(followed, self.interpolation, empty, self.with_.name), *last]

    def programs(self) -> list[list[dict[str, Any]]]:
        late = [{**step, "own": True} for step in erased(self.erase, self.erase_mode)]
        return [[*self._program(self.with_.component.programs()[0]), *late]]

    def evaluate(self) -> list[dict[str, Any]]:
        return self._program(self.with_.component.evaluate())
