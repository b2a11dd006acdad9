"""Reconstruction."""

from vfmc.components import Protocol, named


class Reconstruction(Protocol):
    """The loss on held-out data beside that of predicting the mean patch of the training data."""

    example = "reconstruction(loss: pixels, data: digits)"
    loss: str = named("loss", help="the loss that is measured")
    data: str = named("data", help="`held_out` of the training source, `digits`, or a folder")
