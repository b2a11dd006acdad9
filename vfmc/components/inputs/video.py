"""Videos."""

from typing import Any

from vfmc.components import InputKind, arg
from vfmc.types import Type, symbol
from vfmc.types import Video as VideoType


class Video(InputKind):
    """A video file of any length and size, or an array of frames [T, H, W, C]; the view `frames` chooses moments of it."""

    example = "video"
    recorded: float = arg(25.0, gt=0, le=1e6, help="frames a second of arrays, which do not say it")

    def type(self, name: str) -> Type:
        return VideoType(3, symbol(f"{name}.frames"), symbol(f"{name}.height"), symbol(f"{name}.width"))

    def contract(self) -> dict[str, Any]:
        return {"kind": "video", "channels": 3, "recorded": self.recorded}
