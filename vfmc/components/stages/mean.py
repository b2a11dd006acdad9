"""Averaging tokens, or the places of a feature map."""

from typing import Any

from vfmc.components import Finding, Saved, Stage, arg, fit
from vfmc.types import Features, Type, Vector


class Mean(Stage):
    """The mean over the tokens, or over the places of a feature map; `prefix: true` averages class and register tokens in, as FLIP does."""

    example = "mean"
    prefix: bool = arg(False, help="whether prefix tokens count")

    def signature(self, x: Type) -> Type:
        if isinstance(x, Features):
            return Vector(x.channels, x.space, False, x.stopped)
        tokens = fit.tokens(x, "mean")
        if not tokens.body and not self.prefix:
            raise Finding("there is no token but the prefix to average", code="SHP209")
        return Vector(tokens.width, tokens.space, False, tokens.stopped)

    def facts(self, x: Type) -> dict[str, Any]:
        if isinstance(x, Features):
            return {"skipped": 0, "last": 0, "dims": [2, 3]}
        tokens = fit.tokens(x, "mean")
        skipped, last = (0, 0) if self.prefix else (tokens.prefix, tokens.suffix)
        return {"skipped": skipped, "last": last, "dims": 1}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved()
