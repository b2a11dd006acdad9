"""Leaving hidden tokens out."""

from vfmc.components import HALF, Finding, Ref, Saved, Stage, fit, operand
from vfmc.source.record import replace
from vfmc.types import Mask, Tokens, Type


class Drop(Stage):
    """Keeps the tokens that a mask leaves visible, prefix tokens always (MAE, arXiv 2111.06377; FLIP, arXiv 2212.00794)."""

    example = "drop(mask: hidden)"
    mask: Ref | None = operand(Mask, help="which tokens are hidden; none keeps all")

    def identity(self) -> bool:
        return self.mask is None

    def sees(self, operand: str) -> str:
        return "own"

    def signature(self, x: Type) -> Type:
        tokens = fit.tokens(x, "drop")
        assert self.mask is not None and isinstance(self.mask.type, Mask)
        mask = self.mask.type
        if tokens.suffix:
            raise Finding(
                "tokens are dropped after class tokens were appended, so the mask would not know its own",
                code="MSK304",
                help="put `drop` before `append_cls`",
            )
        check_grid(mask, tokens, self.mask.name)
        return replace(tokens, count=tokens.count - mask.hidden, hidden_by=self.mask.name)

    def doubts(self, x: Type) -> list[Finding]:
        assert self.mask is not None and isinstance(self.mask.type, Mask)
        mask, grid = self.mask.type, fit.tokens(x, "drop").grid
        if not mask.grid or not grid or mask.grid.crop == grid.crop:
            return []
        return [
            Finding(
                f"`{self.mask.name}` hides patches of `{mask.grid.crop}`, and these are patches of `{grid.crop}`",
                argument="mask",
                code="MSK302",
            )
        ]

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(operands={"x": HALF})


def check_grid(mask: Mask, tokens: Tokens, name: str) -> None:
    """Raises where a mask was not made for these tokens."""
    patches = tokens.body
    if tokens.hidden_by:
        raise Finding(
            f"tokens were already dropped by `{tokens.hidden_by}`",
            argument="mask",
            code="MSK305",
            help="put `restore` before, or drop once",
        )
    if mask.tokens != patches:
        raise Finding(
            f"`{name}` covers {mask.tokens} tokens, and there are {patches} here",
            argument="mask",
            code="MSK301",
            help=f"the mask belongs to {mask.grid or 'another sequence'}; the tokens to {tokens.grid or 'a text'}",
        )
