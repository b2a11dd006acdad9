"""How work is spread."""

from vfmc.components import Component, Finding, arg
from vfmc.source.suggest import nearest

# GiB of memory that a device has, as its vendor's data sheet says.
DEVICES = {
    "a100_40gb": 40, "a100_80gb": 80, "a10g": 24, "b200": 180, "h100": 80, "h200": 141, "l4": 24, "l40s": 48,
    "mi250": 64, "mi300x": 192, "rtx_3090": 24, "rtx_4090": 24, "rtx_5090": 32, "t4": 16, "v100_16gb": 16, "v100_32gb": 32,
}  # fmt: skip


class Parallel(Component):
    """How work is spread over devices."""

    kind = "section"
    example = "{compile: true}"
    compile: bool = arg(False, help="compile every transformer block with torch.compile")
    device: str | None = arg(
        None,
        help=f"what it is meant to train on, for the linter: {', '.join(DEVICES)}; training takes what it finds",
    )
    devices: int | None = arg(
        None, ge=1, le=1_000_000, help="how many of them share a batch, for the linter; one if not given"
    )

    def consistent(self) -> None:
        if self.device is not None and self.device not in DEVICES:
            near = nearest(self.device, list(DEVICES))
            raise Finding(
                f"there is no device `{self.device}`",
                argument="device",
                code="REF106",
                help=f"did you mean `{near}`?" if near else f"choose one of {', '.join(DEVICES)}",
            )

    @property
    def gibibytes(self) -> int | None:
        """The memory of the device that is named."""
        return None if self.device is None else DEVICES[self.device]
