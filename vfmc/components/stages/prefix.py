"""Class and register tokens."""

from typing import Any, Literal

from vfmc.components import Finding, Saved, Stage, Weight, arg, fit
from vfmc.source.record import replace
from vfmc.types import Type


class Prefix(Stage):
    """Puts learned tokens before all others: class tokens (ViT, arXiv 2010.11929) and registers (arXiv 2309.16588)."""

    example = "prefix(cls: 1)"
    keeps_space = True
    cls: int = arg(1, ge=0, le=64, help="class tokens")
    registers: int = arg(0, ge=0, le=64, help="register tokens")
    initializer: Literal["truncated_normal", "clip"] = arg("truncated_normal", help="how the tokens begin")

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "prefix")
        if not self.cls + self.registers:
            raise Finding("this prefix has neither class nor register tokens", argument="cls", code="SHP207")
        more = self.cls + self.registers
        return replace(tokens, count=tokens.count + more, prefix=tokens.prefix + more)

    def weights(self, x: Type) -> list[Weight]:
        width = fit.width(x, "prefix")
        named = [("cls", self.cls), ("registers", self.registers)]
        return [Weight(name, (count, width), "prefix") for name, count in named if count]

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": fit.width(x, "prefix")}

    def features(self) -> set[str]:
        return {name for name, count in (("cls", self.cls), ("registers", self.registers)) if count}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved()
