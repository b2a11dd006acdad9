"""Facts about pixels that several views share: published normalisations, and the primitive operations as data."""

from __future__ import annotations

from typing import Any

from vfmc.components.base import Finding

# Channel means and standard deviations of [0, 1] pixels, as the code bases of the papers have them.
NORMALIZATIONS: dict[str, dict[str, list[float]]] = {
    "imagenet": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    "openai_clip": {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
    },
    "inception": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}


def normalize(choice: str, argument: str = "normalize") -> list[dict[str, Any]]:
    """The last operation of a program, or none of it."""
    if choice == "none":
        return []
    if choice not in NORMALIZATIONS:
        from vfmc.source.suggest import nearest

        near = nearest(choice, [*NORMALIZATIONS, "none"])
        raise Finding(
            f"there is no normalisation `{choice}`",
            argument=argument,
            code="REF106",
            help=f"did you mean `{near}`?" if near else f"choose one of none, {', '.join(NORMALIZATIONS)}",
        )
    return [{"op": "normalize", **NORMALIZATIONS[choice]}]
