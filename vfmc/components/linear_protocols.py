"""Linear probes as papers run them: facts, which `runtime/evaluate/linear.py` interprets.

`rates` are learning rates for `per` samples a batch (absolute without it), `decays` weight decays; of several, the pair that
reads a held-out fifth of the training part best is trained again on all of it. `norm: batch` standardises features by batch
statistics without learned gains (MAE, arXiv 2111.06377 appendix A.1). `augment` encodes the training images anew every epoch,
from random crops and flips. Lengths are epochs, or steps as `iterations`.

`features` are what the classifier reads, of several what reads the held-out fifth best: "own" is whatever the tower gives, else the class
tokens of the last `blocks` after the last norm, side by side, and the mean of the last one's patches (or places of a map), as `of`
names them. One class token or one mean is what the tower itself must end with; more is read inside of it, and where neither is so,
the result says it. `departs` says what the paper does and we do not; results repeat it. What is from memory is marked [recalled].
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


OWN = ["own"]
MEAN, CLS = {"blocks": 1, "of": ["mean"]}, {"blocks": 1, "of": ["cls"]}
CLS_AND_MEAN = {"blocks": 1, "of": ["cls", "mean"]}
FOUR, FOUR_AND_MEAN = {"blocks": 4, "of": ["cls"]}, {"blocks": 4, "of": ["cls", "mean"]}

DINO: dict[str, Any] = {  # arXiv 2104.14294, eval_linear.py
    "optimizer": SGD, "rates": [1.0e-3], "per": 256, "batch": 1024, "epochs": 100, "decays": [0.0], "schedule": COSINE, "augment": True,
    "std": 0.01,
}  # fmt: skip
MOCO_V3: dict[str, Any] = {  # arXiv 2104.02057, its code [recalled]
    "features": OWN, "optimizer": SGD, "rates": [3.0], "per": 256, "batch": 1024, "epochs": 90, "decays": [0.0], "schedule": COSINE,
    "augment": True, "std": 0.01,
}  # fmt: skip

PROTOCOLS: dict[str, dict[str, Any]] = {
    "simclr": {  # arXiv 2002.05709 appendix B.6
        "features": [MEAN], "optimizer": {**SGD, "nesterov": True}, "rates": [0.1], "per": 256, "batch": 4096, "epochs": 90, "decays": [0.0],
        "schedule": COSINE, "augment": True,
    },
    "moco": {  # arXiv 1911.05722 section 4.1
        "features": [MEAN], "optimizer": SGD, "rates": [30.0], "per": None, "batch": 256, "epochs": 100, "decays": [0.0], "schedule": STEPS,
        "augment": True, "std": 0.01,
    },
    "mocov3": MOCO_V3,  # a ViT
    "mocov3_resnet": {**MOCO_V3, "features": [MEAN], "rates": [0.1]},
    "simsiam": {  # facebookresearch/simsiam, main_lincls.py --lars: LARC adapts the bias as well
        "features": [MEAN], "optimizer": {"use": "lars", "momentum": 0.9}, "biases": "adapted", "rates": [0.1], "per": 256, "batch": 4096,
        "epochs": 90, "decays": [0.0], "schedule": COSINE, "augment": True, "std": 0.01,
    },
    "dino": {**DINO, "features": [FOUR]},  # ViT-S
    "dino_base": {**DINO, "features": [CLS_AND_MEAN]},  # ViT-B
    "dinov2": {  # arXiv 2304.07193, eval/linear.py: 4 features by 13 rates, 52 classifiers side by side
        "features": [CLS, CLS_AND_MEAN, FOUR, FOUR_AND_MEAN], "optimizer": SGD,
        "rates": [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1], "per": 256, "batch": 1024,
        "iterations": 12_500, "decays": [0.0], "schedule": COSINE, "augment": True, "std": 0.01,
        "departs": ["the best classifier is chosen on a fifth of the training part and trained again, not chosen on what is measured"],
    },
    "mae": {  # arXiv 2111.06377 appendix A.1
        "features": [CLS], "optimizer": {"use": "lars", "momentum": 0.9}, "rates": [0.1], "per": 256, "batch": 16384, "epochs": 90,
        "decays": [0.0], "schedule": {**COSINE, "warmup": {"value": 10, "unit": "epochs"}}, "augment": True, "norm": "batch", "std": 0.01,
        "departs": ["crops that do not fit the picture are drawn again, up to ten times; MAE's are cut to fit at the first"],
    },
    "clip_benchmark": {  # github.com/LAION-AI/CLIP_benchmark: AdamW on fixed features
        "features": OWN, "optimizer": {"use": "adamw"}, "rates": [0.1], "per": None, "batch": 64, "epochs": 10,
        "decays": _log_spaced(-6, 2, 7), "schedule": COSINE, "augment": False,
        "departs": ["decays are a grid of seven; CLIP_benchmark searches them by bisection"],
    },
    "logistic": {  # arXiv 2103.00020 appendix A.3: L-BFGS on fixed features, the strength chosen on held-out data [recalled]
        "features": OWN, "optimizer": {"use": "lbfgs", "iterations": 1000}, "rates": [1.0], "decays": _log_spaced(-3, 3, 7),
        "augment": False,
        "departs": ["strengths are a grid of seven; CLIP's sweep is finer"],
    },
}  # fmt: skip
