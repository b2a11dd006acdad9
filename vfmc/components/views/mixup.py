"""Pictures mixed with their neighbours."""

from typing import Any

from vfmc.components import Finding, Ref, View, arg, operand
from vfmc.source.record import replace
from vfmc.types import Image, Type


class Mixup(View):
    """Every picture mixed with its neighbour in the batch: by weights (mixup, arXiv 1710.09412), or a box of the one in the other
    (cutmix, arXiv 1905.04899). `mixed_label` mixes the labels alike.

    Positions 2i and 2i + 1 are a pair and share what is drawn: which of the two, with the chance `switch` of the box, and how
    much stays, by Beta(a, a) where `mixup` and `cutmix` are the a. What stays after a box is the rest of the area.
    """

    example = "mixup(of: crop, mixup: 0.8, cutmix: 1.0)"
    of: Ref = operand(Image, help="the crop whose pictures are mixed, once they are normalised")
    mixup: float = arg(0.8, ge=0, le=1000, help="a of Beta(a, a) for weights; 0 leaves them out")
    cutmix: float = arg(1.0, ge=0, le=1000, help="a of Beta(a, a) for boxes; 0 leaves them out")
    switch: float = arg(0.5, ge=0, le=1, help="chance of a box, where there are both")
    p: float = arg(1.0, ge=0, le=1, help="chance that a pair is mixed at all")

    def signature(self, name: str) -> Type:
        given, cut = self.of.type, self.of.component
        assert isinstance(given, Image)
        if not isinstance(cut, View) or not given.crop:
            raise Finding(
                f"`{self.of.name}` has no fixed size, so its pictures cannot be mixed",
                argument="of",
                code="DAT402",
                help="name a view that cuts it",
            )
        if isinstance(cut, Mixup):
            raise Finding(f"`{self.of.name}` is mixed already", argument="of", code="DAT402")
        if not self.mixup and not self.cutmix:
            raise Finding(
                "neither `mixup` nor `cutmix` is above 0, so nothing is mixed",
                argument="mixup",
                code="DAT403",
                help="set p: 0.0 to leave pictures as they are",
            )
        return replace(given, crop=name)

    def programs(self) -> list[list[dict[str, Any]]]:
        return self.of.component.programs()  # type: ignore[no-any-return]

    def evaluations(self) -> list[list[dict[str, Any]]]:
        return self.of.component.evaluations()  # type: ignore[no-any-return]

    def follows(self) -> str:
        return self.of.component.follows() or self.of.name

    def extra(self) -> dict[str, Any]:
        given = self.of.type
        assert isinstance(given, Image)
        numbers = {name: getattr(self, name) for name in ("mixup", "cutmix", "switch", "p")}
        return {
            "of": self.of.component.of.name,
            "mix": {**numbers, "size": [given.height, given.width]},
        }
