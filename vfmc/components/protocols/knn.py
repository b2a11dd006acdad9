"""Nearest neighbours."""

from vfmc.components import Protocol, arg, named
from vfmc.components.towers_of import MEDIA


class Knn(Protocol):
    """k nearest neighbours by cosine with weights exp(cos / T) (arXiv 1805.01978 sec. 3.4; DINO, arXiv 2104.14294 sec. 4)."""

    example = "knn(of: teacher, k: 20, temperature: 0.07, data: digits)"
    of: str = named("tower", reads=MEDIA, help="the tower whose features are compared")
    k: int = arg(20, ge=1, le=1_000_000, help="neighbours that vote")
    temperature: float = arg(0.07, gt=0, help="of the votes")
    data: str = named(
        "data", help="what is classified: `digits`, `digits_by_writer`, or a folder with train/ and val/"
    )
