"""Linear probing: a classifier on frozen features, trained on the training part and measured on the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime import random
from vfmc.runtime.data.views import Program, normalise
from vfmc.runtime.evaluate import held_out, linear, scores
from vfmc.runtime.evaluate.inside import Inside
from vfmc.runtime.trained import Trained

CROP = {
    "op": "random_resized_crop",
    "scale": [0.08, 1.0],
    "ratio": [0.75, 1.3333333333333333],
    "interpolation": "bicubic",
}
FLIP = {"op": "flip", "p": 0.5}


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `image` {tower, view}, `protocol` with its `facts` and `departs`, `taps` (where `facts["features"]` are read, if not
    at the tower's end), `seeds`, `data`, `limit`. Gives top1, top5, per class and the confusion of the first seed, `top1_by_seed`, what
    was chosen, and in `departs` what differs from the protocol as published.
    """
    kinds, where = (held_out.IMAGE, held_out.LABEL), settings["image"]
    test = held_out.open_data(trained, settings, kinds, "test", both=True)
    own = held_out.open_data(trained, settings, kinds, "train", both=True)
    facts, seeds = settings["facts"], settings.get("seeds") or [0]
    columns: list[tuple[int, int]] = []
    inside = Inside(trained, settings["taps"], facts["features"]) if settings.get("taps") else None
    trained = inside or trained
    fixed, rest = held_out.encode_images(trained, own, where, held_out.LABEL)
    labels = torch.tensor(rest[held_out.LABEL])
    seen, rest = held_out.encode_images(trained, test, where, held_out.LABEL)
    wanted = torch.tensor(rest[held_out.LABEL])
    classes = int(max(labels.max(), wanted.max())) + 1
    names = test.source.classes or [str(label) for label in range(classes)]
    if inside is not None:
        columns = [inside.columns(feature, fixed.shape[1]) for feature in facts["features"]]
    results = []
    for seed in seeds:
        features = _Cropped(trained, own, where, seed) if facts.get("augment") else lambda epoch: fixed
        head, chosen = linear.fit(features, labels, len(names), facts, seed, columns)
        with torch.no_grad():
            results.append((scores.classification(head(seen.to(torch.float32)), wanted, names), chosen))
    return {
        **results[0][0],
        "top1_by_seed": {str(seed): result["top1"] for seed, (result, _) in zip(seeds, results, strict=True)},
        "protocol": settings.get("protocol"),
        "facts": facts,
        "departs": [*settings.get("departs", []), *_fewer(facts, results[0][1]["batch"])],
        "chosen": results[0][1],
        "train": len(own),
        **test.about,
        "hash": held_out.fingerprint(trained, settings.get("protocol"), facts, seeds, view=where["view"]),
    }


def _fewer(facts: dict[str, Any], batch: int) -> list[str]:
    """Of a batch that is larger than the training part."""
    asked = facts.get("batch")
    return (
        [f"batch: {batch} in place of {asked}, there are no more samples"] if asked and batch < asked else []
    )


class _Cropped:
    """Features of the training images from random crops and flips, new in every epoch and the same in every run."""

    def __init__(self, trained: Trained, data: held_out.HeldOut, where: dict[str, Any], seed: int) -> None:
        self.trained, self.data, self.where, self.seed = trained, data, where, seed
        self.made: tuple[int, Tensor] | None = None
        steps = trained.view(where["view"])["evaluate"][0]
        last = next(step for step in reversed(steps) if "size" in step)
        size = last["size"] if isinstance(last["size"], list) else [last["size"]] * 2
        normal = [step for step in steps if step["op"] == "normalize"]
        self.program = Program([{**CROP, "size": size}, FLIP, *normal], "linear_probe")

    def __call__(self, epoch: int) -> Tensor:
        if self.made is None or self.made[0] != epoch:
            self.made = (epoch, self._encode(epoch))
        return self.made[1]

    def _encode(self, epoch: int) -> Tensor:
        program, found, place = self.program, [], epoch * len(self.data)
        for batch in self.data.read((held_out.IMAGE,)):
            images = batch[held_out.IMAGE]
            keys = random.keys(self.seed, np.arange(place, place + len(images)))
            place += len(images)
            made = normalise(
                program(images, keys).to(self.trained.device),
                program.mean,
                program.std,
                self.trained.precision.weights,
            )
            found.append(self.trained.tower(self.where["tower"], made).cpu())
        return torch.cat(found)
