"""Class labels."""

from typing import Any

from vfmc.components import InputKind, arg
from vfmc.types import Class, Type


class Label(InputKind):
    """The number of a class."""

    example = "label(classes: 1000)"
    classes: int = arg(help="how many classes there are", ge=1, le=10_000_000)

    def type(self, name: str) -> Type:
        return Class(self.classes)

    def contract(self) -> dict[str, Any]:
        return {"kind": "label", "classes": self.classes}
