"""Classification by a supervised model: the largest logit is its answer."""

from __future__ import annotations

from typing import Any

import torch

from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import held_out, scores
from vfmc.runtime.trained import Trained


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `logits` {tower, view}, `data`, `limit`. Gives top1, top5, per class, the confusion, and the
    mean cross entropy as `loss`; of a fine-tuning protocol its name, facts and what departs from them.
    Class i of the data is logit i: the order of its names must be that of training.
    """
    where = settings["logits"]
    kinds = (held_out.IMAGE, held_out.LABEL)
    test = held_out.open_data(trained, {**settings, "image": where}, kinds, "test")
    logits, rest = held_out.encode_images(trained, test, where, held_out.LABEL)
    labels = torch.tensor(rest[held_out.LABEL])
    names = list(test.source.classes or map(str, range(logits.shape[1])))
    if len(names) > logits.shape[1]:
        raise RunError(
            f"{name}: the data has {len(names)} classes and the tower {where['tower']} {logits.shape[1]} logits"
        )
    names += [f"logit {i}" for i in range(len(names), logits.shape[1])]
    return {
        **scores.classification(logits, labels, names),
        "loss": torch.nn.functional.cross_entropy(logits.double(), labels).item(),
        **{key: settings[key] for key in ("protocol", "facts", "departs") if key in settings},
        **test.about,
        "hash": held_out.fingerprint(trained, names, view=where["view"]),
    }
