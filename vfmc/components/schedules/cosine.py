"""Half a cosine."""

from typing import Any, Literal

from vfmc.components import arg
from vfmc.components.curves import Curve

# How the warm-up is counted, in the runtime's words; its own default is MAE's.
FORMS: dict[str, dict[str, str]] = {"default": {}, "inclusive": {"form": "dino"}}


class Cosine(Curve):
    """Half a cosine from `start` to `end` over the training, after a linear warm-up.

    As a learning-rate schedule `start` is the optimiser's rate; `end` is an absolute rate.
    """

    kind = "schedule"
    example = "cosine(warmup: 10 epochs, end: 1e-6)"
    form: Literal["default", "inclusive"] = arg(
        "default", help="`inclusive` holds the peak for two steps, as DINO's published schedule does"
    )

    def own(self) -> dict[str, Any]:
        return FORMS[self.form]

    def knob(self) -> dict[str, Any]:
        found = super().knob()
        found.pop("form", None)  # of the warm-up of a rate
        return found
