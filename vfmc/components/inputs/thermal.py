"""Thermal pictures."""

from typing import Any

from vfmc.components import Finding, InputKind, arg
from vfmc.components.pixels import Normalize, sized
from vfmc.types import Thermal as ThermalType
from vfmc.types import Type, symbol


class Thermal(InputKind):
    """A picture of one channel by an infrared camera, with 8 or 16 bits a pixel.

    More bits are brought to 8 by `range`: the readings that become black and white. Without it the whole range of 16 bits is used, which
    shows little of a radiometric picture (hundredths of a kelvin fill a hundredth of it); reals, such as degrees, need it.
    """

    example = "thermal(range: [27000, 32000])"
    range: list[float] | None = arg(
        None,
        min_length=2,
        max_length=2,
        help="readings that become 0 and 255; 0 and 65535 for 16-bit files if not given",
    )
    size: int | None = arg(None, ge=1, le=8192, help="side in pixels of a default resize and centre crop")
    normalize: Normalize = arg("none", help="with `size`: none or {mean:, std:}")

    def consistent(self) -> None:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise Finding("`range` goes from a smaller to a larger count", argument="range", code="DAT403")
        if self.size is not None:
            self.program()

    def type(self, name: str) -> Type:
        if self.size is None:
            return ThermalType(1, symbol(f"{name}.height"), symbol(f"{name}.width"))
        return ThermalType(1, self.size, self.size, crop=name)

    def contract(self) -> dict[str, Any]:
        return {"kind": "thermal", "range": self.range}

    def program(self) -> list[dict[str, Any]]:
        """The default view that `size` stands for."""
        assert self.size is not None
        return sized(self.size, self.normalize, 1)
