"""Rates scaled by the batch."""

from typing import Literal

from vfmc.components import Schedule, arg


class Per(Schedule):
    """A rate stated for a batch of one size and scaled to the batch at hand: linearly, or by the square root (arXiv 1706.02677)."""

    example = "per(batch: 256, value: 5e-4)"
    batch: int = arg(help="the batch that `value` is stated for", ge=1, le=2**31)
    value: float = arg(help="the rate at that batch", gt=0)
    rule: Literal["linear", "sqrt"] = arg("linear", help="how it grows with the batch")

    def scaled(self, batch: int) -> float:
        """The rate at `batch`."""
        ratio = batch / self.batch
        return self.value * (ratio if self.rule == "linear" else ratio**0.5)

    def first(self) -> float:
        return self.value
