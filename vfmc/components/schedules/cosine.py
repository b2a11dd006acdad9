"""Half a cosine."""

from typing import Literal

from vfmc.components.base import Length, Schedule, arg


class Cosine(Schedule):
    """Half a cosine from `start` to `end` over the training, after a linear warm-up.

    As a learning-rate schedule `start` is the optimiser's rate; `end` is an absolute rate.
    """

    example = "cosine(warmup: 10 epochs, end: 1e-6)"
    start: float | None = arg(None, help="the number at the start; the optimiser's rate if not given")
    end: float = arg(0.0, help="the number at the end")
    warmup: Length | None = arg(None, help="linear warm-up from 0, such as 10 epochs")
    form: Literal["default", "inclusive"] = arg(
        "default", help="`inclusive` holds the peak for two steps, as DINO's published schedule does"
    )

    def first(self) -> float:
        return self.end if self.start is None else self.start
