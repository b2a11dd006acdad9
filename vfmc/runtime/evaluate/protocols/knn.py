"""Nearest neighbours: each test sample takes the votes of the training samples closest to it (DINO's
`eval_knn.py`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from vfmc.runtime.evaluate import held_out, scores
from vfmc.runtime.trained import Trained


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `image` (or another medium) {tower, view}, `k` (20, or a list of which the first is the headline),
    `temperature` (0.07), `protocol` and what `departs` from it, `data`, `limit`. Gives top1, top5, per class, the confusion, and `by_k`.
    """
    where = held_out.operand(settings)
    kinds = (where, held_out.LABEL)
    test = held_out.open_data(trained, settings, kinds, "test", both=True)
    bank = held_out.open_data(trained, settings, kinds, "train", both=True)
    bank_features, rest = held_out.encode(trained, bank, where, held_out.LABEL)
    bank_labels = torch.tensor(rest[held_out.LABEL])
    features, rest = held_out.encode(trained, test, where, held_out.LABEL)
    labels = torch.tensor(rest[held_out.LABEL])
    classes = int(max(bank_labels.max(), labels.max())) + 1
    names = test.source.classes or [str(label) for label in range(classes)]
    several = settings.get("k") or 20
    ks = [int(k) for k in several] if isinstance(several, list) else [int(several)]
    temperature = float(settings.get("temperature") or 0.07)
    unit, unit_bank = F.normalize(features, dim=-1), F.normalize(bank_features, dim=-1)
    by_k = {
        k: scores.classification(
            scores.vote(unit, unit_bank, bank_labels, len(names), k, temperature), labels, names
        )
        for k in ks
    }
    return {
        **by_k[ks[0]],
        "by_k": {str(k): own["top1"] for k, own in by_k.items()},
        "k": ks[0],
        "temperature": temperature,
        **{key: settings[key] for key in ("protocol", "departs") if key in settings},
        "bank": len(bank),
        # the spread of unit features, per dimension: about 1 / sqrt(E) is healthy, 0 is collapse
        "spread": unit.std(0).mean().item(),
        **test.about,
        "hash": held_out.fingerprint(trained, ks, temperature, view=where["view"]),
    }
