"""Nearest neighbours as papers and libraries count them: facts, in the words of `linear_protocols`. Features are made unit vectors.

Numbers of the two are not comparable: fewer neighbours and a lower temperature read the same features differently.
"""

from __future__ import annotations

from typing import Any

from vfmc.components.linear_protocols import CLS, MEAN

KNN: dict[str, dict[str, Any]] = {
    "dino": {
        "features": [CLS],
        "k": 20,
        "temperature": 0.07,
    },  # arXiv 2104.14294 sec. 4; iBOT and DINOv2 count alike
    "instdisc": {
        "features": [MEAN],
        "k": 200,
        "temperature": 0.1,
    },  # arXiv 1805.01978 sec. 3.4; lightly's tables
}
