"""Classification."""

from typing import Any, Literal

from vfmc.components import Protocol, arg, named
from vfmc.components.tuning_protocols import TUNING
from vfmc.types import Image


class Classify(Protocol):
    """How often the largest logit is that of the label (top-1), and the label among the five largest (top-5).

    `protocol` names the fine-tuning of a paper that the spec follows: the result says in `departs` where it does not.
    """

    example = "classify(logits: classifier, data: held_out)"
    logits: str = named("tower", reads=(Image,), help="the tower that gives a number for every class")
    data: str = named(
        "data", help="`held_out` of the training source, `digits`, `digits_by_writer`, or a folder of classes"
    )
    protocol: Literal["mae_base", "mae_large", "beit", "beit_22k_base", "beit_22k_large"] | None = arg(
        None, help="the fine-tuning of a paper that this number is to be compared with"
    )

    def plain(self) -> dict[str, Any]:
        """With the protocol's facts, which the recipe compares with the spec's own."""
        found = super().plain()
        if self.protocol is None:
            del found["protocol"]
            return found
        return {**found, "facts": TUNING[self.protocol]}
