"""A module from the user's own code."""

from __future__ import annotations

import keyword
from typing import Literal

from vfmc.components import Finding, arg
from vfmc.components.external import PATH, External
from vfmc.types import Features, Image, Tokens, Type, Vector

TAKES: dict[str, type[Type]] = {"image": Image, "tokens": Tokens, "vector": Vector, "features": Features}


class Python(External):
    """An `nn.Module` of your own, by the module and class that hold it: `forward(x)` takes and gives what is declared.

    `build` never imports it; the generated model does, and checks the shape of what it gives. Passes leave it alone.
    """

    kind = "stage"
    example = 'python(class: "torch.nn:Flatten", takes: image, gives: {kind: vector, width: 48})'
    path: str = arg(alias="class", help='where it is: "package.module:Class"')
    takes: Literal["image", "tokens", "vector", "features"] = arg("image", help="what its forward takes")

    def consistent(self) -> None:
        super().consistent()
        module, colon, name = self.path.partition(":")
        words = [*module.split("."), name]
        if (
            not colon
            or not PATH.fullmatch(module)
            or "." in name
            or not PATH.fullmatch(name)
            or any(map(keyword.iskeyword, words))
        ):
            raise Finding(
                f"`{self.path}` does not say where a class is",
                argument="class",
                code="REF118",
                help="write package.module:Class",
            )

    def imports(self) -> str:
        return self.path.partition(":")[0]

    def signature(self, x: Type) -> Type:
        if not isinstance(x, TAKES[self.takes]):
            raise Finding(
                f"`{self.path}` takes {TAKES[self.takes].word}, not {x.word}", argument="takes", code="REF105"
            )
        return super().signature(x)
