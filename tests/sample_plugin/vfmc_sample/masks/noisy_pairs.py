"""A mask that needs more noise than it has tokens."""

from vfmc.components import MaskKind, Ref, arg, operand
from vfmc.types import Image


class NoisyPairs(MaskKind):
    """Hides a share of the tokens by the sum of two uniform numbers each, and one more for the whole image."""

    example = "noisy_pairs(of: crop, ratio: 0.5)"
    of: Ref = operand(Image, help="the view whose tokens are hidden")
    ratio: float = arg(0.5, ge=0, lt=1, help="share of tokens that is hidden")

    def hidden(self, tokens: int) -> int:
        return int(tokens * self.ratio)

    def noise(self, tokens: int) -> int:
        return 2 * tokens + 1
