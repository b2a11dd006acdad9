"""What the loop takes from the data path: one batch a part and step, from any step on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from torch import Tensor

if TYPE_CHECKING:
    from vfmc.runtime.timeline import Phase

Batches = dict[str, dict[str, Tensor]]
"""Part -> the rank's slice of that part's global batch, as `data.PHASES[phase]["batch"]` says."""


class Feed(Protocol):
    """Batches as a function of the step: what comes at a step does not depend on where the iteration
    began.
    """

    samples_per_epoch: int | None
    """Samples of the source that counts epochs; None for a stream that does not say."""

    @property
    def epochs(self) -> Mapping[str, int]:
        """Samples of an epoch, where another source counts it in a phase: phase -> samples."""
        ...

    @property
    def failures(self) -> int:
        """Samples so far that could not be read."""
        ...

    def batches(self, phase: Phase, start: int, stop: int) -> Iterator[Batches]:
        """The batches of steps `start` to `stop` (exclusive), counted over the whole training."""
        ...

    def names(self, step: int) -> dict[str, list[str]]:
        """Where a person finds the samples of a step: part -> names."""
        ...

    def close(self) -> None:
        """Ends workers."""
        ...


def sources_of(part: Mapping[str, Any]) -> list[str]:
    """The names of the sources that a part of the recipe reads: one, or those that are mixed."""
    said = part.get("source", "")
    return list(said) if isinstance(said, Mapping) else [said]


def batch_of(recipe: Mapping[str, Any], part: str) -> int:
    """The global batch of a part in one step: its source's own, else that of the recipe."""
    names = sources_of(recipe["parts"][part])
    own = (recipe.get("sources") or {}).get(names[0]) or {}
    return int((own.get("batch") if len(names) == 1 else None) or recipe["batch"])
