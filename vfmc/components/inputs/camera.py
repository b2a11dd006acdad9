"""Cameras of depth maps."""

from typing import Any

from vfmc.components import InputKind
from vfmc.types import Camera as CameraType
from vfmc.types import Type


class Camera(InputKind):
    """The depth sensor that took a sample's map: its focal length in pixels and the distance of its two lenses in metres.

    A file of JSON beside the map, `{"focal": 529.5, "baseline": 0.075}`. `disparity` reads it, so that maps of several sensors come out
    in one unit.
    """

    example = "camera"

    def type(self, name: str) -> Type:
        return CameraType()

    def contract(self) -> dict[str, Any]:
        return {"kind": "camera"}
