"""Nearest neighbours."""

from typing import Any, Literal

from vfmc.components import Protocol, arg, named
from vfmc.components.knn_protocols import KNN
from vfmc.components.towers_of import MEDIA


class Knn(Protocol):
    """k nearest neighbours by cosine with weights exp(cos / T) (arXiv 1805.01978 sec. 3.4; DINO, arXiv 2104.14294 sec. 4).

    `protocol` says how many and how: DINO's 20 at 0.07, or instance discrimination's 200 at 0.1, as lightly's tables have it. Results
    tell in `departs` what differs from it.
    """

    example = "knn(of: teacher, k: 20, temperature: 0.07, data: digits)"
    of: str = named("tower", reads=MEDIA, help="the tower whose features are compared")
    protocol: Literal["dino", "instdisc"] = arg("dino", help="whose numbers this one is to be compared with")
    k: int | None = arg(None, ge=1, le=1_000_000, help="neighbours that vote, in place of the protocol's")
    temperature: float | None = arg(None, gt=0, help="of the votes, in place of the protocol's")
    data: str = named(
        "data", help="what is classified: `digits`, `digits_by_writer`, or a folder with train/ and val/"
    )

    def plain(self) -> dict[str, Any]:
        """With the protocol's numbers, or those in their place, and what departs."""
        found, own = super().plain(), KNN[self.protocol]
        departs = [
            f"{name}: {found[name]} in place of {own[name]}"
            for name in ("k", "temperature")
            if found[name] not in (None, own[name])
        ]
        numbers = {name: own[name] if found[name] is None else found[name] for name in ("k", "temperature")}
        return {**found, **numbers, "facts": {"features": own["features"]}, "departs": departs}
