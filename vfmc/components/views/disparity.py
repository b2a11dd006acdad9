"""Disparities of depth maps."""

from typing import Any

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.components.pixels import Normalize, normalize, sized
from vfmc.source.record import replace
from vfmc.types import Camera, Depth, Type


class Disparity(View):
    """Baseline times focal length over depth, in pixels, cut at `max` and divided by it: what ImageBind's depth tower reads.

    Data of several sensors give the `camera` of each sample; `focal` and `baseline` are those of a map that is encoded without one.

    Depths outside of `near` to `far` are cut first, so a pixel without a reading (0) counts as the nearest. Without `size` the map keeps
    its size, for a crop or `aligned` of it.
    """

    kind = "view"
    example = "disparity(of: distance, focal: 518.86, size: 224)"
    of: Ref = operand(Depth, help="the depth map, in metres")
    focal: float = arg(gt=0, le=1e6, help="focal length of the depth camera in pixels")
    baseline: float = arg(
        0.075,
        gt=0,
        le=1000,
        help="distance of its two lenses in metres; 0.075 for Kinect, 0.095 for RealSense",
    )
    camera: Ref | None = operand(
        Camera, default=None, help="the input that holds each sample's own focal length and baseline"
    )
    near: float = arg(0.01, gt=0, le=1e6, help="the least depth, in metres")
    far: float = arg(50.0, gt=0, le=1e6, help="the largest depth, in metres")
    max: float = arg(75.0, gt=0, le=1e9, help="the disparity that becomes 1, in pixels")
    size: int | None = arg(
        None, ge=1, le=8192, help="side in pixels of a resize and centre crop; none of either if not given"
    )
    normalize: Normalize = arg("none", help="with `size`: none or {mean:, std:} of values in [0, 1]")

    def signature(self, name: str) -> Type:
        given = self.of.type
        assert isinstance(given, Depth)
        if given.unit != "metres":
            raise Finding(
                f"`{self.of.name}` already holds disparities, and depth in metres is needed here",
                argument="of",
                code="DAT410",
                help="crop it as it is, or say with `encoding` on the input what its files hold",
            )
        if self.near >= self.far:
            raise Finding(
                f"`near` is {self.near:g} metres and `far` {self.far:g}", argument="near", code="DAT403",
                help="`near` is the smaller one",
            )  # fmt: skip
        if self.size is None:
            if self.normalize != "none":
                raise Finding(
                    "a map that keeps its size is normalised where it is cropped",
                    argument="normalize",
                    code="DAT405",
                    help="give `normalize` to the view that crops this one, or `size` here",
                )
            return replace(given, unit="disparity")
        if given.crop:
            raise Finding(
                f"`{given.crop}` was already cut to {given.height} x {given.width} pixels", argument="of", code="DAT402",
                help="leave out `size` here, or on the input",
            )  # fmt: skip
        normalize(self.normalize, channels=1)
        return replace(given, height=self.size, width=self.size, crop=name, unit="disparity")

    def programs(self) -> list[list[dict[str, Any]]]:
        numbers = {name: getattr(self, name) for name in ("baseline", "focal", "near", "far")}
        change = {"op": "disparity", **numbers, "most": self.max}
        cut = [] if self.size is None else sized(self.size, self.normalize, 1, "bilinear")
        return [[change, *cut]]

    def extra(self) -> dict[str, Any]:
        return {} if self.camera is None else {"reads": {"camera": self.camera.name}}

    def evaluate(self) -> list[dict[str, Any]]:
        return self.programs()[0]
