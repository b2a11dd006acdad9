"""A line, then a constant."""

from typing import Any, Literal

from vfmc.components import Length, Schedule, arg


class Warmup(Schedule):
    """Linear from `start` to `end` during `for`, then constant. `every: epoch` moves it once an epoch, as DINO's temperature does."""

    example = "warmup(start: 0.04, end: 0.07, for: 30 epochs)"
    start: float = arg(help="the number at the start")
    end: float = arg(help="the number after the warm-up")
    length: Length = arg(alias="for", help="how long it moves, such as 30 epochs")
    every: Literal["step", "epoch"] = arg("epoch", help="how often it moves")

    def first(self) -> float:
        return self.start

    def peak(self, lr: float) -> float:
        return self.end

    def rate(self) -> dict[str, Any]:  # a line from one rate to another, then no movement
        return {"use": "constant", "warmup": self.length.data(), "start": self.start}
