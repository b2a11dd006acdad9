"""Batch normalisation."""

from typing import Any

from vfmc.components import FULL, HALF, Saved, Stage, Weight, arg, fit
from vfmc.components.norms import Affine, Norm, batch_norm
from vfmc.source.record import replace
from vfmc.types import Features, Type, Vector


class Batchnorm(Stage):
    """Batch normalisation of a vector or of a feature map: statistics of the batch in training, running ones otherwise (arXiv 1502.03167).

    `sync_batch` takes the statistics of all ranks, with their gradient. Statistics are of a micro-batch where a batch is accumulated.
    """

    example = "batchnorm"
    keeps_space = True
    couples = True
    norm: Norm = arg("batch", help="batch, or sync_batch for statistics over all ranks")
    affine: Affine = arg("full", help="a learned gain and shift, the gain alone, or neither")
    epsilon: float = arg(1e-5, gt=0, lt=1, help="added to the variance")

    def signature(self, x: Type) -> Type:
        self.width(x)
        return replace(x, unit=False) if isinstance(x, Vector) else x

    def width(self, x: Type) -> int:
        return x.channels if isinstance(x, Features) else fit.vector(x, "batchnorm").width

    def features(self) -> set[str]:
        return {"sync_batch"} if self.norm == "sync_batch" else set()

    def weights(self, x: Type) -> list[Weight]:
        return batch_norm("", self.width(x), self.affine)

    def facts(self, x: Type) -> dict[str, Any]:
        return {"width": self.width(x), "dims": 2 if isinstance(x, Features) else 1}

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        return Saved(operands={"x": FULL if self.norm == "sync_batch" else HALF})
