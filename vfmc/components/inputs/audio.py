"""Sounds."""

from typing import Any

from vfmc.components import InputKind, arg
from vfmc.types import Audio as AudioType
from vfmc.types import Type, symbol


class Audio(InputKind):
    """A recording of any length (wav, flac, ogg, mp3), resampled to `rate` samples a second and mixed to `channels`."""

    example = "audio(rate: 16000)"
    rate: int = arg(16000, ge=100, le=1_000_000, help="samples a second, in hertz")
    channels: int = arg(
        1, ge=1, le=64, help="1 mixes what a file has to one; more must be what the files have"
    )

    def type(self, name: str) -> Type:
        return AudioType(self.channels, symbol(f"{name}.length"), self.rate)

    def contract(self) -> dict[str, Any]:
        return {"kind": "audio", "rate": self.rate, "channels": self.channels}
