"""The contrastive loss between two views of the same images."""

from typing import Any, Literal

from vfmc.components import Finding, LossKind, Positive, Ref, Saved, Schedule, arg, fit, nested, operand
from vfmc.types import Vector, Views, item

VIEWS = 2


class NtXent(LossKind):
    """Cross entropy of every view against all views of the batch but itself; the other view of its image is the positive (SimCLR, arXiv 2002.05709 eq. 1).

    `-log(exp(z_i . z_j / t) / sum_{k != i} exp(z_i . z_k / t))`: `mean` averages over the 2N views, `per_image` over the N images, which
    is twice as much and what SimCLR's own code minimises. Over several ranks all views are compared, with their gradient.
    """

    example = "nt_xent(of: head(two), temperature: 0.1)"
    couples = "batch"
    fewest = 2
    of: tuple[Ref, ...] = operand(Vector, many=True, help="embeddings of two views: a list, or one by one")
    temperature: Positive | Schedule = nested("schedule", 0.1, help="divides the cosines")
    reduction: Literal["mean", "per_image"] = arg(
        "mean", help="the mean over views, or the sum of an image's two (SimCLR's code: twice the mean)"
    )

    def signature(self) -> None:
        views = sum(ref.type.views if isinstance(ref.type, Views) else 1 for ref in self.of)
        if views != VIEWS:
            raise Finding(
                f"{views} view{'s' * (views != 1)} of each image arrive, and the loss compares {VIEWS}",
                argument="of",
                code="OBJ303",
                help="give the view `count: 2`, or name two views in a list",
            )
        types = [item(ref.type) for ref in self.of]
        assert all(isinstance(each, Vector) for each in types)
        if len({each.width for each in types if isinstance(each, Vector)}) > 1:
            raise Finding(
                "the views are not equally wide: their dot product does not exist",
                argument="of",
                code="SHP211",
                help="let both come from one tower",
            )

    def doubts(self) -> list[Finding]:
        return fit.unnormalised(("of", self.of))

    def facts(self) -> dict[str, Any]:
        return {"twice": self.reduction == "per_image"}

    def saved(self, samples: int) -> Saved:
        """All views side by side, the softmax of their matrix, and which places are a view's own, a byte each."""
        first = item(self.of[0].type)
        assert isinstance(first, Vector)
        rows = VIEWS * samples
        return Saved(rows * first.width + rows**2 + rows**2 // 4)
