"""Spectrograms of sounds."""

from typing import Any

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.components.moments import of_moment, same_moment
from vfmc.source import Severity
from vfmc.types import Audio, Spectrogram, Type

DOUBTFUL = 0.2  # the share of padded frames from which ImageBind's loader warns


class Mel(View):
    """Log energies of mel bands, as Kaldi and AST compute them (arXiv 2104.01778 sec. 2.1): Hann windows, no dither, natural log.

    Training takes a random stretch of `seconds`; evaluation `clips` of them, evenly placed, and averages their embeddings. The frames
    that a stretch has are padded by zeros to `frames` before `mean` and `std` are applied, as ImageBind does (arXiv 2305.05665).
    """

    kind = "view"
    example = "mel(of: sound, bins: 128, frames: 204, seconds: 2.0)"
    of: Ref = operand(Audio, help="the sound")
    seconds: float = arg(2.0, gt=0, le=3600, help="length of a stretch")
    bins: int = arg(128, ge=1, le=4096, help="mel bands: rows of the spectrogram")
    frames: int = arg(204, ge=1, le=1_000_000, help="columns of the spectrogram")
    window: float = arg(25.0, gt=0, le=60_000, help="length of a window, in milliseconds")
    hop: float = arg(10.0, gt=0, le=60_000, help="from window to window, in milliseconds")
    low: float = arg(20.0, ge=0, le=1e6, help="where the lowest band begins, in hertz")
    high: float | None = arg(
        None, gt=0, le=1e6, help="where the highest band ends; half of the rate if not given"
    )
    mean: float = arg(-4.268, help="subtracted from the log energies")
    std: float = arg(9.138, gt=0, help="what they are then divided by; AST uses twice the deviation")
    time_mask: int = arg(
        0, ge=0, le=1_000_000, help="up to so many frames are hidden while training (SpecAugment)"
    )
    frequency_mask: int = arg(
        0, ge=0, le=4096, help="up to so many bands are hidden while training (SpecAugment)"
    )
    with_: Ref | None = of_moment()
    clips: int = arg(3, ge=1, le=64, help="stretches that evaluation takes")

    @property
    def rate(self) -> int:
        return self.of.type.rate  # type: ignore[attr-defined, no-any-return]

    def samples(self, milliseconds: float) -> int:
        """A length in samples, as Kaldi cuts it."""
        return int(self.rate * milliseconds * 0.001)

    def frames_made(self) -> int:
        """Frames of a stretch: windows that lie within it."""
        length = round(self.rate * self.seconds)
        return 1 + (length - self.samples(self.window)) // self.samples(self.hop)

    def fft(self) -> int:
        """Points of the Fourier transform: the next power of two."""
        points = 1
        while points < self.samples(self.window):
            points *= 2
        return points

    def signature(self, name: str) -> Type:
        given = self.of.type
        assert isinstance(given, Audio)
        if given.channels != 1:
            raise Finding(
                f"a spectrogram is made of one channel, and `{self.of.name}` has {given.channels}",
                argument="of",
                code="DAT406",
                help="write `channels: 1` on the input, which mixes them",
            )
        for which in ("window", "hop"):
            if self.samples(getattr(self, which)) < 2:
                short = f"{getattr(self, which):g} milliseconds hold {self.samples(getattr(self, which))} samples at {self.rate} Hz"
                raise Finding(
                    short, argument=which, code="DAT408", help=f"`{which}` is in milliseconds, such as 25"
                )
        if self.window > 1000 * self.seconds:
            raise Finding(
                f"a window of {self.window:g} milliseconds is longer than the stretch of {self.seconds:g} seconds",
                argument="window",
                code="DAT408",
                help="windows are in milliseconds, the stretch in seconds",
            )
        self._bands()
        same_moment(self.with_)
        for which, most in (("time_mask", self.frames), ("frequency_mask", self.bins)):
            if getattr(self, which) > most:
                raise Finding(
                    f"`{which}` may hide {getattr(self, which)} of {most}", argument=which, code="DAT403",
                    help="at most a part of them",
                )  # fmt: skip
        return Spectrogram(1, self.bins, self.frames, crop=name, rate=self.rate, hop=self.hop)

    def _bands(self) -> None:
        half = self.rate / 2
        if self.high is not None and self.high > half:
            raise Finding(
                f"bands up to {self.high:g} Hz do not exist in sound of {self.rate} Hz, which ends at {half:g} Hz",
                argument="high",
                code="DAT409",
                help="lower `high`, or raise the `rate` of the input",
            )
        if self.low >= (self.high or half):
            raise Finding(
                f"the bands begin at {self.low:g} Hz and end at {self.high or half:g} Hz",
                argument="low",
                code="DAT409",
            )
        if self.bins > self.fft() // 2:
            raise Finding(
                f"{self.bins} bands cannot be told apart by {self.fft() // 2} frequencies of a window of {self.window:g} milliseconds",
                argument="bins",
                code="DAT409",
                help="use fewer bands or longer windows",
            )

    def doubts(self) -> list[Finding]:
        made = self.frames_made()
        if abs(self.frames - made) <= DOUBTFUL * made:
            return []
        what = "the rest is padding" if self.frames > made else "the rest is cut off"
        return [
            Finding(
                f"{self.seconds:g} seconds are {made} frames of {self.hop:g} milliseconds, and the view has {self.frames}: {what}",
                argument="frames",
                code="DAT411",
                severity=Severity.WARNING,
                help=f"write `frames: {made}`, or change `seconds` or `hop`",
            )
        ]

    def _program(self, clip: dict[str, Any], masks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        bands = {"bins": self.bins, "low": self.low, "high": self.high or self.rate / 2}
        return [
            {"op": "stretch", "length": round(self.rate * self.seconds), **clip},
            {"op": "fbank", "rate": self.rate, "window": self.window, "hop": self.hop, **bands},
            {"op": "fit", "length": self.frames},
            *masks,
            {"op": "normalize", "mean": [self.mean], "std": [self.std]},
        ]

    def programs(self) -> list[list[dict[str, Any]]]:
        sizes = {"columns": self.time_mask, "rows": self.frequency_mask}
        masks = [
            {"op": "hide", "axis": axis, "most": most, "value": self.mean}
            for axis, most in sizes.items()
            if most
        ]
        return [self._program(same_moment(self.with_, self.rate), masks)]

    def evaluate(self) -> list[dict[str, Any]]:
        return self.evaluations()[0]

    def evaluations(self) -> list[list[dict[str, Any]]]:
        return [self._program({"clip": [index, self.clips]}, []) for index in range(self.clips)]
