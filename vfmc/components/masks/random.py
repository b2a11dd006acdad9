"""Uniformly random tokens."""

from vfmc.components import Finding, MaskKind, Ref, arg, operand
from vfmc.types import Image, Text


class Random(MaskKind):
    """Hides a fixed share of the tokens, drawn uniformly for every sample (MAE, arXiv 2111.06377 sec. 3).

    Noise is sorted, and the first `int(N (1 - ratio))` tokens stay.
    """

    example = "random(of: crop, ratio: 0.75)"
    of: Ref = operand(Image, Text, help="the view whose tokens are hidden")
    ratio: float = arg(help="share of tokens that is hidden", ge=0, le=1)

    def hidden(self, tokens: int) -> int:
        kept = int(tokens * (1 - self.ratio))
        if kept < 1:
            raise Finding(
                f"a ratio of {self.ratio:g} leaves none of the {tokens} tokens visible",
                argument="ratio",
                code="MSK303",
                help=f"at most {1 - 1 / tokens:.4g} leaves one token",
            )
        return tokens - kept
