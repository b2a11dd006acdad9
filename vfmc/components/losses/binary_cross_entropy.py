"""Binary cross entropy with labels."""

from typing import Any

from vfmc.components import Saved, Share, arg
from vfmc.components.losses.cross_entropy import CrossEntropy
from vfmc.types import Class


class BinaryCrossEntropy(CrossEntropy):
    """The mean over samples and classes of `-q log sigmoid(logits) - (1 - q) log sigmoid(-logits)`: every class is asked for by itself.

    So a picture mixed of two may be both (ResNet strikes back, arXiv 2110.00476 sec. 2). `q` is the label, hard or in shares of
    classes; `smoothing` spreads a share of it evenly over all classes first, and `threshold` then makes 1 of what is above it, else 0.
    """

    kind = "loss"
    example = "binary_cross_entropy(logits: classifier, labels: label, smoothing: 0.1)"
    threshold: Share | None = arg(None, help="the share of a class above which a picture counts as one of it")

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "hard": isinstance(self.labels.type, Class)}

    def features(self) -> set[str]:
        found = {"hard_labels"} if self.facts()["hard"] else set()
        found |= {"smoothed_labels"} if self.smoothing else set()
        return found | ({"whole_labels"} if self.threshold is not None else set())

    def saved(self, samples: int) -> Saved:
        """The logits, and the shares of classes where they are made here."""
        return Saved(samples * self.facts()["classes"] * (2 if self.features() else 1))
