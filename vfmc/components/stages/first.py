"""Reading the first token."""

from vfmc.components import Saved, Select, fit
from vfmc.types import Type, Vector


class First(Select):
    """The first token after the prefix. FLIP reads its text here, with no class token inserted (arXiv 2212.00794; published code)."""

    example = "first"
    variants = ("all", "only")

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "first")
        return Vector(tokens.width, tokens.space, tokens.unit, tokens.stopped)

    def facts(self, x: Type) -> dict[str, int]:
        return {"prefix": fit.tokens(x, "first").prefix}

    def index(self) -> str:
        return "first_index"

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(view=True)
