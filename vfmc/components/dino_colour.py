"""The colour operations that BYOL introduced and DINO, iBOT and DINOv2 took over (BYOL, arXiv 2006.07733 appendix B)."""

from __future__ import annotations

from typing import Any


def byol_colours(blur: float, solarize: float) -> list[dict[str, Any]]:
    """Jitter, grey, blur with probability `blur`, solarisation with probability `solarize`."""
    steps: list[dict[str, Any]] = [
        {
            "op": "color_jitter",
            "brightness": 0.4,
            "contrast": 0.4,
            "saturation": 0.2,
            "hue": 0.1,
            "p": 0.8,
            "order": "random",
        },
        {"op": "grayscale", "p": 0.2},
        {"op": "gaussian_blur", "sigma": [0.1, 2.0], "p": blur},
    ]
    return [*steps, {"op": "solarize", "threshold": 128, "p": solarize}] if solarize else steps
