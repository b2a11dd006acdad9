"""What rankings come to: accuracy, per class, confusion, recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def classification(scores_NC: Tensor, labels_N: Tensor, names: Sequence[str]) -> dict[str, Any]:
    """`top1` and `top5` (shares of the samples; top5 from six classes on), `mean_per_class`, `per_class`, and
    `confusion` `[true][predicted]`.
    """
    classes = len(names)
    order = scores_NC.argsort(stable=True, dim=-1, descending=True)
    hit = order == labels_N[:, None]
    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    confusion.index_put_((labels_N, order[:, 0]), torch.ones_like(labels_N), accumulate=True)
    counts = confusion.sum(1)
    per_class = [confusion[i, i].item() / counts[i].item() if counts[i] else None for i in range(classes)]
    seen = [share for share in per_class if share is not None]
    return {
        "top1": hit[:, 0].double().mean().item(),
        **({"top5": hit[:, :5].any(-1).double().mean().item()} if classes > 5 else {}),
        "mean_per_class": sum(seen) / len(seen),
        "per_class": dict(zip(names, per_class, strict=True)),
        "confusion": confusion.tolist(),
        "classes": list(names),
    }


def vote(
    queries_NE: Tensor, bank_ME: Tensor, labels_M: Tensor, classes: int, k: int, temperature: float
) -> Tensor:
    """Votes `[N, classes]` of the `k` nearest in the bank by cosine, each worth `exp(cos / temperature)`.

    The protocol of InstDisc (arXiv 1805.01978, section 3.4) and of DINO's `eval_knn.py`. Features must have
    unit length.
    """
    k = min(k, len(bank_ME))
    votes = []
    for chunk in queries_NE.split(1024):
        near, places = (chunk @ bank_ME.T).topk(k, dim=-1)
        own = torch.zeros(len(chunk), classes, dtype=near.dtype)
        votes.append(own.scatter_add_(1, labels_M[places], (near / temperature).exp()))
    return torch.cat(votes)


def recall(similarity_QD: Tensor, relevant_QD: Tensor, ks: Sequence[int] = (1, 5, 10)) -> dict[str, float]:
    """The share of queries with something relevant among the first `k`: `{"R@1": ...}`."""
    most = min(max(ks), similarity_QD.shape[1])
    hits = relevant_QD.gather(1, similarity_QD.topk(most, dim=-1).indices)
    return {f"R@{k}": hits[:, :k].any(-1).double().mean().item() for k in ks}
