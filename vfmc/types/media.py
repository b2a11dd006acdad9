"""What samples hold: pictures, videos, sounds, signals, texts and labels, as views hand them to the towers."""

from __future__ import annotations

from typing import Any

from vfmc.source.record import record
from vfmc.types.dims import Dim
from vfmc.types.type import Type


@record(frozen=True)
class Image(Type):
    """Pixels [B, C, H, W]."""

    channels: int = 3
    height: Dim = 0
    width: Dim = 0
    crop: str = ""  # the view that the pixels come from: grids are compared by it

    word = "an image"
    dims = "BCHW"
    medium = "image"
    variable = "image"

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.height, self.width)


@record(frozen=True)
class Depth(Image):
    """A depth map or its disparity [B, 1, H, W]; `unit` is metres or disparity (baseline times focal length over depth, in pixels)."""

    channels: int = 1
    unit: str = "metres"

    word = "a depth map"
    medium = "depth"
    measured = ("unit",)
    variable = "depth"

    def tag(self, name: str, value: Any) -> str:
        return f"in {value}" if name == "unit" else ""


@record(frozen=True)
class Camera(Type):
    """What took a depth map: focal length in pixels and baseline in metres, for views alone."""

    word = "a camera"

    def describe(self) -> str:
        return "a camera"


@record(frozen=True)
class Thermal(Image):
    """A thermal picture [B, 1, H, W]."""

    channels: int = 1

    word = "a thermal picture"
    medium = "thermal"
    variable = "thermal"


@record(frozen=True)
class Spectrogram(Image):
    """Log mel energies [B, 1, bins, frames]: rows are frequencies, columns are moments `hop` milliseconds apart, of sound at `rate` Hz."""

    channels: int = 1
    rate: int = 0
    hop: float = 10.0

    word = "a spectrogram"
    medium = "audio"
    variable = "mel"
    measured = ("rate", "hop")

    def tag(self, name: str, value: Any) -> str:
        return (
            {"rate": f"of {value} Hz", "hop": f"a frame every {value:g} ms"}.get(name, "")
            if name in ("rate", "hop")
            else ""
        )


@record(frozen=True)
class Video(Type):
    """A clip [B, C, T, H, W] of `frames` pictures."""

    channels: int = 3
    frames: Dim = 0
    height: Dim = 0
    width: Dim = 0
    crop: str = ""

    word = "a video"
    dims = "BCTHW"
    medium = "video"
    variable = "video"

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.frames, self.height, self.width)


@record(frozen=True)
class Sampled(Type):
    """Numbers over time [B, C, L], `rate` of them a second."""

    channels: int = 1
    length: Dim = 0
    rate: float = 0.0

    dims = "BCL"
    measured = ("rate",)

    def shape(self) -> tuple[Dim, ...]:
        return (self.channels, self.length)

    def tag(self, name: str, value: Any) -> str:
        return f"at {value:g} Hz" if name == "rate" else ""


@record(frozen=True)
class Audio(Sampled):
    """A waveform [B, C, L] of `rate` samples a second."""

    rate: int = 0

    word = "a waveform"
    medium = "audio"
    variable = "wave"


@record(frozen=True)
class Signal(Sampled):
    """Readings of sensors [B, C, L], `rate` a second (IMU: three of acceleration, three of rotation)."""

    channels: int = 6

    word = "a signal"
    medium = "signal"
    variable = "signal"


@record(frozen=True)
class Text(Type):
    """Token ids [B, L] of a declared tokenizer."""

    length: int = 0
    vocabulary: int = 0
    end: int = 0
    pad: int = 0
    tokenizer: str = ""

    word = "a text"
    dims = "BL"
    dtype = "int64"
    medium = "text"
    variable = "ids"

    def shape(self) -> tuple[Dim, ...]:
        return (self.length,)

    def tag(self, name: str, value: Any) -> str:
        return f"{self.vocabulary} words of {self.tokenizer}" if name == "vocabulary" else ""


@record(frozen=True)
class Class(Type):
    """Class numbers [B]."""

    classes: int = 0

    word = "a label"
    dtype = "int64"
    medium = "label"

    def tag(self, name: str, value: Any) -> str:
        return f"of {value} classes"


@record(frozen=True)
class SoftClass(Type):
    """Shares of classes [B, K] that sum to 1: a label that was smoothed, or mixed with another sample's."""

    classes: int = 0

    word = "a soft label"
    dims = "BK"
    medium = "label"

    def shape(self) -> tuple[Dim, ...]:
        return (self.classes,)
