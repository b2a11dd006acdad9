"""Pictures."""

from typing import Any

from vfmc.components import InputKind, arg
from vfmc.components.pixels import Normalize, sized
from vfmc.types import Image as ImageType
from vfmc.types import Type, symbol


class Image(InputKind):
    """A picture of any size. `size:` is shorthand for a view that resizes the shorter side and cuts the centre."""

    example = "image"
    channels: int = arg(3, ge=1, le=16, help="colour channels")
    size: int | None = arg(None, ge=1, le=8192, help="side in pixels of a default resize and centre crop")
    normalize: Normalize = arg(
        "imagenet", help="with `size`: none, imagenet, openai_clip, inception, or {mean:, std:}"
    )

    def type(self, name: str) -> Type:
        if self.size is None:
            return ImageType(self.channels, symbol(f"{name}.height"), symbol(f"{name}.width"))
        return ImageType(self.channels, self.size, self.size, crop=name)

    def contract(self) -> dict[str, Any]:
        return {"kind": "image", "channels": self.channels}

    def program(self) -> list[dict[str, Any]]:
        """The default view that `size` stands for."""
        assert self.size is not None
        return sized(self.size, self.normalize, self.channels)
