"""The contrastive loss between two modalities."""

from typing import Any

from vfmc.components import FULL, Finding, LossKind, Ref, Saved, fit, operand
from vfmc.types import Number, Vector


class Contrastive(LossKind):
    """Symmetric cross entropy over the batch's matrix of scaled cosines: the pairs are the positives (CLIP, arXiv 2103.00020 figure 3).

    `L = (CE(s U V^T, I) + CE(s V U^T, I)) / 2`. Over several ranks the rows of all are compared, with their gradient.
    """

    example = "contrastive(a: vision, b: text, scale: learned(init: 14.2857, max: 100))"
    couples = "batch"
    fewest = 2
    a: Ref = operand(Vector, help="embeddings of one modality")
    b: Ref = operand(Vector, help="embeddings of the other")
    scale: Ref = operand(Number, help="what the cosines are multiplied by: `learned` or `fixed`")

    def signature(self) -> None:
        fit.cosines(self.a, self.b)
        fit.scale(self.scale)

    def doubts(self) -> list[Finding]:
        return fit.unnormalised(("a", (self.a,)), ("b", (self.b,)))

    def facts(self) -> dict[str, Any]:
        assert isinstance(self.a.type, Vector)
        return {"width": self.a.type.width}

    def saved(self, samples: int) -> Saved:
        """The scaled rows of `a`, and the softmax of the matrix along both sides."""
        assert isinstance(self.a.type, Vector)
        return Saved(2 * samples**2 + samples * self.a.type.width, operands={"a": FULL, "b": FULL})
