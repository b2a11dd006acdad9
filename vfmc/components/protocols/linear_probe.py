"""Linear probing."""

from typing import Any, Literal

from vfmc.components import Positive, Protocol, arg, named
from vfmc.components.linear_protocols import PROTOCOLS
from vfmc.types import Image, Vector


class LinearProbe(Protocol):
    """A linear classifier on frozen features, trained as a named paper does; numbers of different protocols are not comparable.

    `logistic` is the quickest and moves least with its settings. The features are what the tower gives, such as
    `features <- crop = encoder -> cls`; `dino`, `dino_base` and `dinov2` read the tower's last blocks as well. Results tell in `departs`
    what differs from the paper.
    """

    example = "linear_probe(of: teacher, protocol: logistic, data: digits)"
    of: str = named("tower", reads=(Image,), gives=(Vector,), help="the tower whose features are classified")
    protocol: Literal[
        "simclr", "moco", "mocov3", "mocov3_resnet", "simsiam", "dino", "dino_base", "dinov2", "mae", "clip_benchmark", "logistic"
    ] = arg("logistic", help="how the classifier is trained")  # fmt: skip
    data: str = named(
        "data", help="what is classified: `digits`, `digits_by_writer`, or a folder with train/ and val/"
    )
    epochs: int | None = arg(None, ge=1, le=100_000, help="in place of the protocol's")
    batch: int | None = arg(
        None, ge=1, le=2**31, help="in place of the protocol's; never more than there are samples"
    )
    rates: list[Positive] | None = arg(
        None, help="learning rates in place of the protocol's, of which the best is kept"
    )
    augment: bool | None = arg(
        None, help="in place of the protocol's: random crops and flips of the training images"
    )
    seeds: list[int] = arg([0], min_length=1, help="of the classifier's weights and the order of samples")

    def plain(self) -> dict[str, Any]:
        """With the protocol's facts: the recipe says all of it, and what departs from the paper."""
        found = super().plain()
        given = {name: found.pop(name) for name in ("epochs", "batch", "rates", "augment")}
        own = dict(PROTOCOLS[self.protocol])
        departs = list(own.pop("departs", []))
        for name, value in given.items():
            lasts = name == "epochs" and "iterations" in own
            if value is not None and (lasts or value != own.get(name)):
                usual = f"{own.pop('iterations')} iterations" if lasts else own.get(name)
                departs.append(f"{name}: {value} in place of {usual}")
                own[name] = value
        return {**found, "facts": own, "departs": departs}
