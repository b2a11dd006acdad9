"""Classification."""

from vfmc.components import Protocol, named
from vfmc.types import Image


class Classify(Protocol):
    """How often the largest logit is that of the label (top-1), and the label among the five largest (top-5)."""

    example = "classify(logits: classifier, data: held_out)"
    logits: str = named("tower", reads=(Image,), help="the tower that gives a number for every class")
    data: str = named(
        "data", help="`held_out` of the training source, `digits`, `digits_by_writer`, or a folder of classes"
    )
