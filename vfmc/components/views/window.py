"""Windows of signals."""

from typing import Any

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.components.moments import of_moment, same_moment
from vfmc.components.pixels import Normalize, normalize
from vfmc.types import Signal, Type


class Window(View):
    """A stretch of a signal: at random while training, evenly placed (one is the middle) in evaluation. Short ones are padded by zeros.

    ImageBind reads 5 seconds of an IMU as 2000 readings (arXiv 2305.05665 [recalled]).
    """

    kind = "view"
    example = "window(of: motion, seconds: 5)"
    of: Ref = operand(Signal, help="the signal")
    seconds: float = arg(5.0, gt=0, le=86_400, help="length of a stretch")
    rate: float | None = arg(
        None, gt=0, le=1e6, help="readings a second that are expected; those of the input if not given"
    )
    normalize: Normalize = arg(
        "none", help="none or {mean:, std:}, numbers or a list with one for every channel"
    )
    with_: Ref | None = of_moment()
    clips: int = arg(1, ge=1, le=64, help="stretches that evaluation takes")

    def length(self) -> int:
        """Readings in a stretch."""
        return round(self.seconds * self.of.type.rate)  # type: ignore[attr-defined]

    def signature(self, name: str) -> Type:
        given = self.of.type
        assert isinstance(given, Signal)
        if given.length and isinstance(given.length, int):
            raise Finding(
                f"`{self.of.name}` is already a window of {given.length} readings", argument="of", code="DAT402",
                help="name the input here",
            )  # fmt: skip
        if self.rate is not None and self.rate != given.rate:
            raise Finding(
                f"this view expects {self.rate:g} readings a second, and `{self.of.name}` gives {given.rate:g}",
                argument="rate",
                code="DAT407",
                help=f"write `rate: {self.rate:g}` on the input, which resamples it",
            )
        exact = self.seconds * given.rate
        if self.length() < 1 or abs(exact - self.length()) > 1e-6 * exact:
            raise Finding(
                f"{self.seconds:g} seconds at {given.rate:g} Hz are {exact:g} readings, which is no whole number",
                argument="seconds",
                code="DAT408",
                help=f"such as {max(1, self.length()) / given.rate:g} seconds",
            )
        normalize(self.normalize, channels=given.channels)
        same_moment(self.with_)
        return Signal(given.channels, self.length(), given.rate)

    def _program(self, clip: dict[str, Any]) -> list[dict[str, Any]]:
        length = self.length()
        last = normalize(self.normalize, channels=self.of.type.channels)  # type: ignore[attr-defined]
        return [{"op": "stretch", "length": length, **clip}, {"op": "fit", "length": length}, *last]

    def programs(self) -> list[list[dict[str, Any]]]:
        return [self._program(same_moment(self.with_, self.of.type.rate))]  # type: ignore[attr-defined]

    def evaluate(self) -> list[dict[str, Any]]:
        return self.evaluations()[0]

    def evaluations(self) -> list[list[dict[str, Any]]]:
        return [self._program({"clip": [index, self.clips]}) for index in range(self.clips)]
