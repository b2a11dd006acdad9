"""Absolute positions."""

from typing import Any, Literal

from vfmc.components import Finding, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Type


class Position(Stage):
    """Adds a vector to every token: a learned table, or fixed sines and cosines (MAE, arXiv 2111.06377; 2-D for grids, 1-D for words).

    Prefix tokens that are there already have rows of their own in a learned table and zeros in a fixed one.
    """

    example = "position(kind: learned)"
    keeps_space = True
    variants = ("all", "visible")
    resizes = True
    position_kind: Literal["learned", "sincos"] = arg(
        "learned", alias="kind", help="learned, or fixed sines and cosines"
    )
    initializer: Literal["truncated_normal", "clip", "clip_text"] = arg(
        "truncated_normal", help="how a learned table begins"
    )

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "position")
        if tokens.hidden_by:
            raise Finding(
                f"positions are added after tokens were dropped by `{tokens.hidden_by}`, so they would not be their own",
                code="MSK304",
                help="put `position` before `drop`",
            )
        if self.position_kind == "sincos" and tokens.width % (4 if tokens.grid else 2):
            raise Finding(
                f"fixed positions need a width that {4 if tokens.grid else 2} divides, not {tokens.width}",
                code="SHP206",
            )
        return replace(tokens)

    def weights(self, x: Type) -> list[Weight]:
        tokens = fit.tokens(x, "position")
        if self.position_kind == "sincos":
            return []
        return [Weight("table", (tokens.count, tokens.width), "position")]

    def facts(self, x: Type) -> dict[str, Any]:
        tokens = fit.tokens(x, "position")
        grid = [tokens.grid.rows, tokens.grid.columns] if tokens.grid else None
        return {"prefix": tokens.prefix, "count": tokens.count, "width": tokens.width, "grid": grid}

    def features(self) -> set[str]:
        return {"learned" if self.position_kind == "learned" else "fixed"}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved()
