"""No movement."""

from typing import Any

from vfmc.components import Length, Schedule, arg


class Constant(Schedule):
    """The same number throughout; as a learning-rate schedule, the optimiser's rate after a linear warm-up."""

    example = "constant(warmup: 500 steps)"
    value: float | None = arg(None, help="the number; the optimiser's rate if not given")
    warmup: Length | None = arg(None, help="linear warm-up from 0")

    def first(self) -> float:
        return 0.0 if self.value is None else self.value

    def peak(self, lr: float) -> float:
        return lr if self.value is None else self.value

    def rate(self) -> dict[str, Any]:
        return {"use": "constant", "warmup": self.plain()["warmup"]}

    def knob(self) -> dict[str, Any]:
        return {"use": "constant", "value": self.first()}
