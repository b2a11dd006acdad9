"""What every cropping view shares: the operand, the size, the count of views, and how evaluation sees the same pixels."""

from typing import Any, Literal

from pydantic import Field

from vfmc.components import Finding, Ref, View, arg, fit, operand
from vfmc.components.pixels import Normalize, normalize
from vfmc.source.record import replace
from vfmc.types import Depth, Image, Spectrogram, Thermal, Type, Views

Interpolation = Literal["bilinear", "bicubic", "nearest"]


def picture(of: Ref, argument: str = "of") -> Image:
    """What a crop cuts: pixels on a plane that were not cut before."""
    given = of.type
    assert isinstance(given, Image)
    if isinstance(given, Spectrogram):
        raise Finding(
            "a spectrogram is not cropped like a picture: its rows are frequencies, its columns moments",
            argument=argument,
            code="DAT405",
            help="`mel` cuts its sound in time, and hides parts of it with `time_mask` and `frequency_mask`",
        )
    if given.crop:
        raise Finding(
            f"`{given.crop}` was already cut to {given.height} x {given.width} pixels",
            argument=argument,
            code="DAT402",
            help="crop the input itself: leave out `size:` on the input, or name the input here",
        )
    return given


class Crop(View):
    """A view that cuts a square or rectangle of a fixed size out of an image."""

    of: Ref = operand(Image, help="the image that is cropped")
    size: int | list[int] = arg(224, help="side in pixels, or [rows, columns]")
    count: int | None = arg(None, ge=1, le=64, help="makes a list of so many views")
    interpolation: Interpolation = arg("bicubic", help="how pixels are resampled")
    normalize: Normalize = arg("imagenet", help="none, imagenet, openai_clip, inception, or {mean:, std:}")
    evaluate_resize: float = Field(
        1.0, ge=1.0, description="evaluation resizes the shorter side to size times this, then centre-crops"
    )

    def sides(self) -> tuple[int, int]:
        """Rows and columns of the crop."""
        return fit.sides(self.size, "size", 8192)

    def signature(self, name: str) -> Type:
        given = picture(self.of)
        if isinstance(given, Depth | Thermal) and any(
            self.photometry(view) for view in range(self.count or 1)
        ):
            raise Finding(
                f"this view changes colours, and {given.word} has none",
                argument="of",
                code="DAT405",
                help="choose a view that only crops, such as random_resized_crop, or aligned",
            )
        normalize(self.normalize, channels=given.channels)
        rows, columns = self.sides()
        one = replace(given, height=rows, width=columns, crop=name)
        return one if self.count is None else Views(one, self.count, name)

    def geometry(self) -> list[dict[str, Any]]:
        """The operation that cuts the crop."""
        raise NotImplementedError(f"{type(self).__name__} declares no geometry")

    def photometry(self, view: int) -> list[dict[str, Any]]:
        """The operations on colours of view number `view`."""
        return []

    def normalization(self) -> list[dict[str, Any]]:
        """The last operation, or none of it."""
        return normalize(self.normalize, channels=getattr(self.of.type, "channels", 3))

    def programs(self) -> list[list[dict[str, Any]]]:
        return [
            [*self.geometry(), *self.photometry(view), *self.normalization()]
            for view in range(self.count or 1)
        ]

    def evaluate(self) -> list[dict[str, Any]]:
        rows, columns = self.sides()
        side = round(min(rows, columns) * self.evaluate_resize)
        return [
            {
                "op": "resize",
                "size": side if rows == columns else [rows, columns],
                "interpolation": self.interpolation,
            },
            {"op": "center_crop", "size": [rows, columns]},
            *self.normalization(),
        ]


class RandomResizedCrop(Crop):
    """A crop of random area and aspect, resized; the base of most augmentation recipes."""

    kind = "view base"
    scale: list[float] = arg(
        [0.08, 1.0], min_length=2, max_length=2, help="area of the crop as a share of the image"
    )
    ratio: list[float] = arg(
        [3 / 4, 4 / 3], min_length=2, max_length=2, help="aspect of the crop, width over height"
    )
    flip: float = arg(0.5, ge=0, le=1, help="probability of a horizontal flip")

    def geometry(self) -> list[dict[str, Any]]:
        if not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise Finding(
                f"the area of a crop goes from a smaller to a larger share of the image, not from {self.scale[0]:g} to {self.scale[1]:g}",
                argument="scale",
                code="DAT403",
            )
        steps: list[dict[str, Any]] = [
            {
                "op": "random_resized_crop",
                "size": list(self.sides()),
                "scale": self.scale,
                "ratio": self.ratio,
                "interpolation": self.interpolation,
            }
        ]
        return [*steps, {"op": "flip", "p": self.flip}] if self.flip else steps

    def signature(self, name: str) -> Type:
        self.geometry()
        return super().signature(name)
