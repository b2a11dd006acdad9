"""Cross entropy with labels."""

from typing import Any

from vfmc.components import Finding, LossKind, Ref, Saved, Share, arg, operand
from vfmc.types import Class, SoftClass, Vector


class CrossEntropy(LossKind):
    """The mean over samples of `-sum q log softmax(logits)`; `q` is the label, hard or in shares of classes.

    `smoothing` spreads a share of every label evenly over all classes first (arXiv 1512.00567 sec. 7).
    """

    example = "cross_entropy(logits: classifier, labels: label, smoothing: 0.1)"
    logits: Ref = operand(Vector, help="a number for every class, before the softmax")
    labels: Ref = operand(Class, SoftClass, help="the label of every sample, or shares of classes")
    smoothing: Share = arg(0.0, help="the share of a label that is spread over all classes")

    def signature(self) -> None:
        logits, labels = self.logits.type, self.labels.type
        assert isinstance(logits, Vector) and isinstance(labels, Class | SoftClass)
        if logits.width != labels.classes:
            raise Finding(
                f"there are {logits.width} logits and {labels.classes} classes",
                argument="logits",
                code="SHP211",
                help=f"let the tower end with linear(out: {labels.classes})",
                label=f"{self.labels.name or 'labels'} has {labels.classes} classes",
            )

    def doubts(self) -> list[Finding]:
        if not getattr(self.logits.type, "unit", False):
            return []
        return [
            Finding(
                "the logits have unit length, so no class can come near a probability of 1",
                argument="logits",
                code="OBJ306",
                help="leave out the last `l2norm`",
            )
        ]

    def facts(self) -> dict[str, Any]:
        return {"classes": self.labels.type.classes}  # type: ignore[attr-defined]

    def saved(self, samples: int) -> Saved:
        return Saved(samples * self.facts()["classes"])
