"""A straight line."""

from vfmc.components.base import Length, Schedule, arg


class Linear(Schedule):
    """A straight line from `start` to `end` over the training, after a linear warm-up."""

    example = "linear(warmup: 2%)"
    start: float | None = arg(None, help="the number at the start; the optimiser's rate if not given")
    end: float = arg(0.0, help="the number at the end")
    warmup: Length | None = arg(None, help="linear warm-up from 0")

    def first(self) -> float:
        return self.end if self.start is None else self.start
