"""Averaging tokens."""

from typing import Any

from vfmc.components import fit
from vfmc.components.base import Finding, Stage, arg
from vfmc.types import Type, Vector


class Mean(Stage):
    """The mean over the tokens; `prefix: true` averages class and register tokens in, as FLIP does."""

    example = "mean"
    prefix: bool = arg(False, help="whether prefix tokens count")

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "mean")
        if tokens.count == tokens.prefix and not self.prefix:
            raise Finding("there is no token but the prefix to average", code="SHP209")
        return Vector(tokens.width, tokens.space, False, tokens.stopped)

    def facts(self, x: Type) -> dict[str, Any]:
        return {"skipped": 0 if self.prefix else fit.tokens(x, "mean").prefix}
