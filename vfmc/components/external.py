"""Modules of somebody else's as stages: declared, never looked into, imported by the generated code alone.

Their weights are not known here. Two names stand for all of them, `*:matrix` for those of two dimensions and more and `*:vector`
for the others (biases, norms, scales), which by convention are not decayed; the runtime puts the module's own names in their place.
"""

from __future__ import annotations

import keyword
import re
from math import isqrt
from typing import Any, ClassVar

from vfmc.components import FULL, Finding, Saved, Stage, Weight, arg, nested
from vfmc.components.sections.gives import Gives
from vfmc.types import Features, Image, Tokens, Type, Vector

PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
MATRICES, VECTORS = "*:matrix", "*:vector"


class External(Stage):
    """The base of external stages."""

    kind = "stage base"
    operands: ClassVar[tuple[type[Type], ...]] = (Image,)
    couples: ClassVar[bool] = True  # nobody has looked whether it holds a batch norm
    gives: Gives = nested("section:gives.Gives", help="what it gives: {kind:, width:, count:, prefix:}")
    arguments_: dict[str, Any] = arg({}, alias="arguments", help="what it is made with, by name")

    def consistent(self) -> None:
        for name, value in self.arguments_.items():
            if not name.isidentifier() or keyword.iskeyword(name) or not _literal(value):
                raise Finding(
                    f"`{name}` is no argument that can be written down",
                    argument="arguments",
                    code="REF118",
                    help="names with numbers, texts, true, false, none, or lists of these",
                )

    def imports(self) -> str:
        """The module that generated code imports for it."""
        raise NotImplementedError(f"{type(self).__name__} imports nothing")

    def signature(self, x: Type) -> Type:
        operands = self.operands
        if not isinstance(x, operands):
            wanted = " or ".join(kind.word for kind in operands)
            raise Finding(f"`{self.component_name}` takes {wanted}, not {x.word}", code="REF105")
        own = self.gives
        if own.shape == "vector":
            return Vector(own.width)
        if own.shape == "tokens":
            return Tokens(own.count or 0, own.width, own.prefix)
        columns = own.columns or own.rows or 0
        known = isinstance(x, Image) and isinstance(x.height, int) and isinstance(x.width, int)
        stride = isqrt(x.height * x.width // ((own.rows or 1) * columns)) if known else 1  # type: ignore[attr-defined,operator]
        return Features(own.width, own.rows or 0, columns, stride=max(1, stride))

    def sees(self, operand: str) -> str:
        return "own"  # nobody knows: what is not looked into is not accused

    def weights(self, x: Type) -> list[Weight]:
        return [Weight(MATRICES, (0,)), Weight(VECTORS, (0,), "bias")]

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(operands={"x": FULL}, result=FULL, known=False)

    def facts(self, x: Type) -> dict[str, Any]:
        shape = self.signature(x).shape()
        return {"shape": f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"}


def _literal(value: Any) -> bool:
    if isinstance(value, list):
        return all(_literal(part) for part in value)
    return value is None or isinstance(value, str | int | float | bool)
