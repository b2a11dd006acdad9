"""Labels mixed as the pictures are."""

from typing import Any

from vfmc.components import Finding, Ref, Share, View, arg, operand
from vfmc.components.views.mixup import Mixup
from vfmc.types import Class, Image, SoftClass, Type


class MixedLabel(View):
    """Shares of classes after `mixup`: what stays of a picture is its own label's share, the rest its neighbour's.

    `smoothing` first spreads a share of each label evenly over all classes (arXiv 1512.00567 sec. 7).
    """

    example = "mixed_label(of: label, with: mixed, smoothing: 0.1)"
    of: Ref = operand(Class, help="the label")
    pictures: Ref = operand(
        Image, alias="with", help="the view of kind `mixup` whose pictures the labels go with"
    )
    smoothing: Share = arg(0.0, help="the share of a label that is spread over all classes")

    def signature(self, name: str) -> Type:
        assert isinstance(self.of.type, Class)
        if not isinstance(self.pictures.component, Mixup):
            raise Finding(
                f"`{self.pictures.name}` mixes no pictures",
                argument="with",
                code="DAT402",
                help="name a view made by `mixup`; a label that is only smoothed is `smoothing` of `cross_entropy`",
            )
        return SoftClass(self.of.type.classes)

    def programs(self) -> list[list[dict[str, Any]]]:
        return []

    def evaluations(self) -> list[list[dict[str, Any]]]:
        return []

    def extra(self) -> dict[str, Any]:
        assert isinstance(self.of.type, Class)
        shares = {"with": self.pictures.name, "classes": self.of.type.classes, "smoothing": self.smoothing}
        return {"shares": shares}
