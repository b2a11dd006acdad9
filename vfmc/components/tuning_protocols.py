"""Fine-tuning as papers do it: facts, which a spec's own training is compared with (`vfmc/plan/tuning.py`).

`rate` is a learning rate for `per` samples a batch (absolute without it). `reads` are the stages between the blocks and the logits,
`head_std` the deviation of the classifier's initial weights, `drop_path` the last block's rate, `layer_decay` the factor of the rate
for every block farther from the output. Lengths are epochs. What is from memory is marked [recalled].
"""

from __future__ import annotations

from typing import Any

# facebookresearch/mae, FINETUNE.md and main_finetune.py: appendix A.1 of arXiv 2111.06377
MAE: dict[str, Any] = {
    "reads": ["mean", "layernorm", "linear"], "positions": "learned", "head_std": 2e-5, "loss": "cross_entropy",
    "optimizer": "adamw", "betas": [0.9, 0.999], "weight_decay": 0.05, "rate": 5e-4, "per": 256, "layer_decay": 0.65, "batch": 1024,
    "schedule": "cosine", "warmup": 5, "epochs": 100, "end": 1e-6, "drop_path": 0.1,
    "randaugment": 9.0, "mixup": 0.8, "cutmix": 1.0, "smoothing": 0.1, "erase": 0.25,
}  # fmt: skip

# microsoft/unilm, beit/run_class_finetuning.py: a rate for its own batch; warm-up and the length after IN-22k [recalled]
BEIT: dict[str, Any] = {
    **MAE, "positions": "relative", "rate": 4e-3, "per": None, "warmup": 20,
}  # fmt: skip
BEIT_22K: dict[str, Any] = {**BEIT, "rate": 2e-5, "weight_decay": 1e-8, "warmup": 5, "epochs": 30}

TUNING: dict[str, dict[str, Any]] = {
    "mae_base": MAE,
    "mae_large": {**MAE, "rate": 1e-3, "layer_decay": 0.75, "epochs": 50, "drop_path": 0.2},
    "beit": BEIT,  # pre-trained on IN-1k
    "beit_22k_base": {**BEIT_22K, "layer_decay": 0.85},  # after fine-tuning on IN-22k
    "beit_22k_large": {**BEIT_22K, "layer_decay": 0.9, "drop_path": 0.2},
}
