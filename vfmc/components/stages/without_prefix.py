"""Leaving the prefix out."""

from dataclasses import replace
from typing import Any

from vfmc.components import fit
from vfmc.components.base import Finding, Stage
from vfmc.types import Type


class WithoutPrefix(Stage):
    """The patch or word tokens without class and register tokens; what `tokens.patches` means."""

    example = "without_prefix"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "without_prefix")
        if tokens.count == tokens.prefix:
            raise Finding("there is no token but the prefix", code="SHP209")
        return replace(tokens, count=tokens.count - tokens.prefix, prefix=0)

    def facts(self, x: Type) -> dict[str, Any]:
        return {"prefix": fit.tokens(x, "without_prefix").prefix}
