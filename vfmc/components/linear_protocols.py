"""Linear probes as papers run them: facts, which `runtime/evaluate/linear.py` interprets.

`rates` are learning rates for `per` samples a batch (absolute without it), `decays` weight decays; of several, the pair that
reads a held-out fifth of the training part best is trained again on all of it. `norm: batch` standardises features by batch
statistics without learned gains (MAE, arXiv 2111.06377 appendix A.1). `augment` encodes the training images anew every epoch,
from random crops and flips. Lengths are epochs. What is from memory is marked [recalled].
"""

from __future__ import annotations

from typing import Any

SGD = {"use": "sgd", "momentum": 0.9}
COSINE = {"use": "cosine"}
STEPS = {
    "use": "step",
    "at": [{"value": 60, "unit": "epochs"}, {"value": 80, "unit": "epochs"}],
    "factor": 0.1,
}


def _log_spaced(first: float, last: float, count: int) -> list[float]:
    """Numbers from `first` to `last` powers of ten, rounded so that they read well."""
    return [float(f"{10 ** (first + (last - first) * i / (count - 1)):.4g}") for i in range(count)]


PROTOCOLS: dict[str, dict[str, Any]] = {
    "simclr": {  # arXiv 2002.05709 appendix B.6
        "optimizer": {**SGD, "nesterov": True}, "rates": [0.1], "per": 256, "batch": 4096, "epochs": 90, "decays": [0.0],
        "schedule": COSINE, "augment": True,
    },
    "moco": {  # arXiv 1911.05722 section 4.1
        "optimizer": SGD, "rates": [30.0], "per": None, "batch": 256, "epochs": 100, "decays": [0.0], "schedule": STEPS, "augment": True,
        "std": 0.01,
    },
    "mocov3": {  # arXiv 2104.02057, its code for ViT [recalled]
        "optimizer": SGD, "rates": [3.0], "per": 256, "batch": 1024, "epochs": 90, "decays": [0.0], "schedule": COSINE, "augment": True,
        "std": 0.01,
    },
    "dino": {  # arXiv 2104.14294, eval_linear.py
        "optimizer": SGD, "rates": [1.0e-3], "per": 256, "batch": 1024, "epochs": 100, "decays": [0.0], "schedule": COSINE, "augment": True,
        "std": 0.01,
    },
    "dinov2": {  # arXiv 2304.07193: thirteen rates side by side; here the best on a held-out fifth [recalled]
        "optimizer": SGD, "rates": [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1], "per": 256, "batch": 1024,
        "epochs": 10, "decays": [0.0], "schedule": COSINE, "augment": True, "std": 0.01,
    },
    "mae": {  # arXiv 2111.06377 appendix A.1
        "optimizer": {"use": "lars", "momentum": 0.9}, "rates": [0.1], "per": 256, "batch": 16384, "epochs": 90, "decays": [0.0],
        "schedule": {**COSINE, "warmup": {"value": 10, "unit": "epochs"}}, "augment": True, "norm": "batch", "std": 0.01,
    },
    "clip_benchmark": {  # github.com/LAION-AI/CLIP_benchmark: AdamW on fixed features; it searches decays by bisection, here a grid
        "optimizer": {"use": "adamw"}, "rates": [0.1], "per": None, "batch": 64, "epochs": 10, "decays": _log_spaced(-6, 2, 7),
        "schedule": COSINE, "augment": False,
    },
    "logistic": {  # arXiv 2103.00020 appendix A.3: L-BFGS on fixed features, the strength chosen on held-out data [recalled]
        "optimizer": {"use": "lbfgs", "iterations": 1000}, "rates": [1.0], "decays": _log_spaced(-3, 3, 7), "augment": False,
    },
}  # fmt: skip
