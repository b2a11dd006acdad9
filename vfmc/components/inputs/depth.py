"""Depth maps."""

from typing import Any, Literal

from vfmc.components import Finding, InputKind, arg
from vfmc.components.pixels import Normalize, sized
from vfmc.types import Depth as DepthType
from vfmc.types import Type, symbol

SUN_FAR = 8.0  # metres: the toolbox of SUN RGB-D cuts its maps there


class Depth(InputKind):
    """A map of distances along the optical axis, in metres; `encoding` says how files hold them.

    `millimetres` are whole numbers (16-bit PNG), `metres` reals (npy, TIFF), `sun_rgbd` the PNG of that data set (millimetres whose
    16 bits are rotated by three), `disparity` what is already baseline times focal length over depth. 0 means no reading.
    """

    example = "depth(encoding: sun_rgbd)"
    encoding: Literal["millimetres", "metres", "sun_rgbd", "disparity"] = arg(
        "millimetres", help="what the numbers of a file are"
    )
    far: float | None = arg(
        None, gt=0, le=1e6, help="metres beyond which readings are cut; 8 for sun_rgbd, none for others"
    )
    size: int | None = arg(None, ge=1, le=8192, help="side in pixels of a default resize and centre crop")
    normalize: Normalize = arg("none", help="with `size`: none or {mean:, std:}")

    def consistent(self) -> None:
        if self.encoding == "disparity" and self.far is not None:
            raise Finding(
                "`far` is in metres, and this input holds disparities",
                argument="far",
                code="DAT410",
                help="leave it out",
            )
        if self.size is not None:
            self.program()

    def type(self, name: str) -> Type:
        unit = "disparity" if self.encoding == "disparity" else "metres"
        if self.size is None:
            return DepthType(1, symbol(f"{name}.height"), symbol(f"{name}.width"), unit=unit)
        return DepthType(1, self.size, self.size, crop=name, unit=unit)

    def contract(self) -> dict[str, Any]:
        far = SUN_FAR if self.far is None and self.encoding == "sun_rgbd" else self.far
        return {"kind": "depth", "encoding": self.encoding, "far": far}

    def program(self) -> list[dict[str, Any]]:
        """The default view that `size` stands for."""
        assert self.size is not None
        return sized(self.size, self.normalize, 1, "bilinear")
