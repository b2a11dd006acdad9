"""A class token after a text."""

from typing import Any, Literal

from vfmc.components import Finding, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Type


class AppendCls(Stage):
    """Puts a learned class token after all others, so that under causal attention it sees the whole text (CoCa, arXiv 2205.01917 sec. 3.2).

    `.cls` reads it later on, `.tokens` the words before it. Let the blocks hide padding from it: `blocks(causal: true, padding: hidden)`.
    """

    example = "append_cls"
    keeps_space = True
    initializer: Literal["truncated_normal", "clip_text"] = arg(
        "truncated_normal", help="how the token begins"
    )

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "append_cls")
        if tokens.prefix or tokens.suffix:
            raise Finding(
                "these tokens have a class token already",
                code="SHP207",
                help="take one of the two stages out, or `without_prefix` between them",
            )
        return replace(tokens, count=tokens.count + 1, suffix=1)

    def weights(self, x: Type) -> list[Weight]:
        return [Weight("cls", (1, fit.width(x, "append_cls")), "prefix")]

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": fit.width(x, "append_cls")}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved()
