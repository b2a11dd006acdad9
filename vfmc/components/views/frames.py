"""Frames of videos."""

from typing import Any

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.components.moments import of_moment, same_moment
from vfmc.components.pixels import Normalize, normalize
from vfmc.types import Type, Video


class Frames(View):
    """`count` frames, evenly spaced over a stretch of `seconds`, cropped to one box.

    Training takes a random stretch and a random box; evaluation `clips` stretches and `crops` boxes along the longer side of each, and
    averages their embeddings (ImageBind, arXiv 2305.05665: 2 frames of 2 seconds, 5 clips, 3 crops).
    """

    kind = "view"
    example = "frames(of: clip, count: 2, seconds: 2.0, size: 224)"
    of: Ref = operand(Video, help="the video")
    count: int = arg(2, ge=1, le=1024, help="frames of a stretch")
    seconds: float = arg(2.0, gt=0, le=86_400, help="length of a stretch; a shorter video is taken whole")
    size: int = arg(224, ge=1, le=8192, help="side of the frames in pixels")
    scale: list[float] = arg(
        [0.08, 1.0], min_length=2, max_length=2, help="area of the crop as a share of a frame"
    )
    ratio: list[float] = arg(
        [3 / 4, 4 / 3], min_length=2, max_length=2, help="aspect of the crop, width over height"
    )
    flip: float = arg(0.5, ge=0, le=1, help="probability of a horizontal flip of all frames")
    normalize: Normalize = arg("openai_clip", help="none, imagenet, openai_clip, inception, or {mean:, std:}")
    with_: Ref | None = of_moment()
    clips: int = arg(1, ge=1, le=64, help="stretches that evaluation takes")
    crops: int = arg(1, ge=1, le=3, help="boxes that evaluation cuts from each")

    def listed(self) -> bool:
        return False  # `count` counts frames, not views

    def signature(self, name: str) -> Type:
        given = self.of.type
        assert isinstance(given, Video)
        if given.crop:
            raise Finding(
                f"`{given.crop}` is already {given.frames} frames of {given.height} x {given.width} pixels",
                argument="of",
                code="DAT402",
                help="name the input here",
            )
        if not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise Finding(
                f"the area of a crop goes from a smaller to a larger share of the frame, not from {self.scale[0]:g} to {self.scale[1]:g}",
                argument="scale",
                code="DAT403",
            )
        normalize(self.normalize, channels=given.channels)
        same_moment(self.with_)
        return Video(given.channels, self.count, self.size, self.size, crop=name)

    def _sample(self, **clip: Any) -> dict[str, Any]:
        return {"op": "sample_frames", "count": self.count, "seconds": self.seconds, **clip}

    def programs(self) -> list[list[dict[str, Any]]]:
        side = [self.size, self.size]
        crop = {"op": "random_resized_crop", "size": side, "scale": self.scale, "ratio": self.ratio}
        flip = [{"op": "flip", "p": self.flip}] if self.flip else []
        moment = self._sample(**same_moment(self.with_))
        return [[moment, crop | {"interpolation": "bicubic"}, *flip, *normalize(self.normalize)]]

    def evaluate(self) -> list[dict[str, Any]]:
        return self.evaluations()[0]

    def evaluations(self) -> list[list[dict[str, Any]]]:
        resize = {"op": "resize", "size": self.size, "interpolation": "bicubic"}
        return [
            [
                self._sample(clip=[clip, self.clips]),
                resize,
                {"op": "side_crop", "size": [self.size, self.size], "place": [crop, self.crops]},
                *normalize(self.normalize),
            ]
            for clip in range(self.clips)
            for crop in range(self.crops)
        ]
