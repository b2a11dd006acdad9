"""Reading the end of a text."""

from typing import Any

from vfmc.components import HALF, Finding, Saved, Select, fit
from vfmc.types import Type, Vector


class Eot(Select):
    """The token at the first end-of-text id, which is found by its id and not as the largest one (CLIP, arXiv 2103.00020 sec. 2.4)."""

    example = "eot"
    variants = ("all", "only")

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "eot")
        if tokens.grid is not None:
            raise Finding(
                "`eot` reads the end of a text, and these are patches of an image", help="use `cls` or `mean`"
            )
        return Vector(tokens.width, tokens.space, tokens.unit, tokens.stopped)

    def companions(self, x: Type) -> dict[str, str]:
        return {"ids": "text"}

    def facts(self, x: Type) -> dict[str, Any]:
        return {"prefix": fit.tokens(x, "eot").prefix}

    def index(self) -> str:
        return "end_index"

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(view=True) if variant == "only" else Saved(operands={"x": HALF})
