"""Filling hidden places."""

from typing import Any

from vfmc.components import Finding, Ref, Saved, Stage, Weight, fit, operand
from vfmc.source.record import replace
from vfmc.types import Mask, Type


class Restore(Stage):
    """Puts one learned mask token at every hidden place, so that the grid is whole again (MAE, arXiv 2111.06377 sec. 3)."""

    example = "restore(mask: hidden)"
    keeps_space = True
    mask: Ref = operand(Mask, help="the mask that the tokens were dropped by")

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "restore")
        assert isinstance(self.mask.type, Mask)
        if tokens.hidden_by != self.mask.name:
            hidden = f"by `{tokens.hidden_by}`" if tokens.hidden_by else "by no mask"
            raise Finding(
                f"these tokens were dropped {hidden}, not by `{self.mask.name}`",
                argument="mask",
                code="MSK306",
                help=f"restore with `{tokens.hidden_by}`"
                if tokens.hidden_by
                else "put `drop` into the encoder first",
            )
        return replace(tokens, count=tokens.prefix + self.mask.type.tokens, hidden_by="")

    def weights(self, x: Type) -> list[Weight]:
        return [Weight("token", (fit.width(x, "restore"),), "prefix")]

    def facts(self, x: Type) -> dict[str, Any]:
        tokens = fit.tokens(x, "restore")
        return {"width": tokens.width, "prefix": tokens.prefix}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved()
