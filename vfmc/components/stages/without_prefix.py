"""Leaving the prefix out."""

from typing import Any

from vfmc.components import Finding, Saved, Stage, fit
from vfmc.source.record import replace
from vfmc.types import Type


class WithoutPrefix(Stage):
    """The patch or word tokens without class and register tokens, before or after them; what `.patches` and `.tokens` mean."""

    example = "without_prefix"

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "without_prefix")
        if not tokens.body:
            raise Finding("there is no token but the prefix", code="SHP209")
        return replace(tokens, count=tokens.body, prefix=0, suffix=0)

    def facts(self, x: Type) -> dict[str, Any]:
        tokens = fit.tokens(x, "without_prefix")
        return {"prefix": tokens.prefix, "suffix": tokens.suffix}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(view=True)
