"""The momentum teacher."""

from typing import Literal

from vfmc.components import Schedule, Stage, arg, named, nested


class Ema(Stage):
    """A copy of a tower whose weights follow it as a moving average (Mean Teacher, arXiv 1703.01780; DINO, arXiv 2104.14294 sec. 3.1).

    No gradient enters the copy, and drop-path and dropout are off in it. Its batch norms take the statistics of what it sees itself,
    as in BYOL and MoCo v3; `buffers` says whose running statistics it keeps for evaluation.
    """

    example = "ema(of: student, momentum: cosine(start: 0.996, end: 1.0))"
    of: str = named("tower", help="the tower that is followed")
    momentum: float | Schedule = nested(
        "schedule", help="share of the old weights that is kept at every update"
    )
    when: Literal["after_step", "before_forward"] = arg("after_step", help="when the copy is updated")

    buffers: Literal["own", "copy"] = arg(
        "own", help="running statistics of batch norms: its own, or at every update those of what it follows"
    )

    def copies(self) -> str:
        return self.of
