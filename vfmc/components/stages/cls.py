"""Reading the class token."""

from vfmc.components import Finding, Saved, Select, fit
from vfmc.types import Type, Vector


class Cls(Select):
    """The class token: the first of the prefix, or the one that `append_cls` put after a text."""

    example = "cls"
    variants = ("all", "only")

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "cls")
        if not tokens.prefix and not tokens.suffix:
            raise Finding(
                "these tokens have no class token",
                code="SHP208",
                help="add `prefix(cls: 1)` before the blocks, or average with `mean`",
            )
        return Vector(tokens.width, tokens.space, tokens.unit, tokens.stopped)

    def facts(self, x: Type) -> dict[str, int]:
        tokens = fit.tokens(x, "cls")
        return {"place": tokens.count - 1 if tokens.suffix and not tokens.prefix else 0}

    def index(self) -> str:
        return "first_index"

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(view=True)
