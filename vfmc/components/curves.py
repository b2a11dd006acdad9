"""What every schedule shares that rises, and then goes from one number to another."""

from typing import Any

from vfmc.components import Length, Schedule, arg


class Curve(Schedule):
    """From `start` to `end`, after a linear warm-up. As a schedule of the learning rate, `start` is the optimiser's."""

    kind = "schedule base"
    start: float | None = arg(None, help="the number at the start; the optimiser's rate if not given")
    end: float = arg(0.0, help="the number at the end")
    warmup: Length | None = arg(None, help="linear warm-up from 0, such as 10 epochs")

    def first(self) -> float:
        return self.end if self.start is None else self.start

    def peak(self, lr: float) -> float:
        return lr if self.start is None else self.start

    def own(self) -> dict[str, Any]:
        """Settings of its own."""
        return {name: value for name, value in self.plain().items() if name not in Curve.model_fields}

    def rate(self) -> dict[str, Any]:
        plain = self.plain()
        return {"use": self.component_name, "warmup": plain["warmup"], "end": self.end, **self.own()}

    def knob(self) -> dict[str, Any]:
        plain = self.plain()
        ends = {"start": self.first(), "end": self.end, "warmup": plain["warmup"]}
        return {"use": self.component_name, **ends, **self.own()}
