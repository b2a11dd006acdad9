"""The sigmoid loss between two modalities."""

from typing import Any

from vfmc.components import FULL, Finding, LossKind, Ref, Saved, fit, operand
from vfmc.types import Number, Vector


class PairwiseSigmoid(LossKind):
    """Whether two belong together, asked of every pair of the batch by itself (SigLIP, arXiv 2303.15343 eq. 1).

    `L = -(1 / N) sum_ij log sigmoid(y_ij (s u_i . v_j + b))`, `y` is 1 for the N pairs and -1 for the N (N - 1) others. The sum is divided
    by N, not by N * N. All but one of N pairs are negative: the bias begins where the sigmoid says so, -10 in the paper, ln(1 / (N - 1)) at best.
    """

    example = "pairwise_sigmoid(a: vision, b: text, scale: learned(init: 10), bias: learned_bias(init: -10))"
    couples = "batch"
    a: Ref = operand(Vector, help="embeddings of one modality")
    b: Ref = operand(Vector, help="embeddings of the other")
    scale: Ref = operand(Number, help="what the cosines are multiplied by: `learned` or `fixed`")
    bias: Ref | None = operand(
        Number, default=None, help="what is added to the scaled cosines: `learned_bias` or `fixed`"
    )

    def signature(self) -> None:
        fit.cosines(self.a, self.b)
        fit.scale(self.scale)
        if self.bias is not None and isinstance(self.bias.type, Number) and not self.bias.type.shifts:
            raise Finding(
                "a learned scale is positive, and the bias of a sigmoid loss begins far below 0",
                argument="bias",
                help="use learned_bias(init: -10)",
            )

    def doubts(self) -> list[Finding]:
        return fit.unnormalised(("a", (self.a,)), ("b", (self.b,)))

    def features(self) -> set[str]:
        return {"sigmoid_bias" if self.bias is not None else "sigmoid_alone"}

    def facts(self) -> dict[str, Any]:
        assert isinstance(self.a.type, Vector)
        return {"width": self.a.type.width}

    def saved(self, samples: int) -> Saved:
        """The scaled rows of `a`, the signs of the matrix, its signed scores, and what the logarithm keeps of them."""
        assert isinstance(self.a.type, Vector)
        return Saved(3 * samples**2 + samples * self.a.type.width, operands={"a": FULL, "b": FULL})
