"""Masked reconstruction: the loss on held-out images, beside what a model that saw nothing would score."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime import random
from vfmc.runtime.data.masks import draw_masks
from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import held_out, patches, pictures
from vfmc.runtime.trained import Trained

BANK = 2048
"""Training images that the mean patch is taken over."""


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `loss` (a loss with operands `prediction` and `target`; the first such if not given),
    `data`, `limit`. Masks are drawn from the run's seed, so that two checkpoints are measured on the same
    ones.

    Gives `loss`; `baseline`, the same loss when every patch is predicted by the mean target of training
    images (patch by patch the best that can be said without looking); `baseline_zero`, by zeros (the mean of
    a normalised patch); and `explained`, 1 - loss / baseline.
    """
    loss, part = _loss_and_part(trained, settings)
    test = held_out.open_data(trained, settings, (held_out.IMAGE,), "test", both=True)
    bank = held_out.open_data(trained, {"limit": BANK, **settings}, (held_out.IMAGE,), "train", both=True)
    total, count = torch.zeros(()), 0
    for batch in _batches(trained, bank, part):
        target = _embed(trained, batch, part)[_operand(trained, batch, part, loss, "target")]
        flat = target.reshape(-1, target.shape[-1]).double()
        total, count = total.to(flat.device) + flat.sum(0), count + len(flat)
    mean = total / count
    sums = dict.fromkeys(("loss", "baseline", "baseline_zero"), 0.0)
    example: tuple[dict[str, Tensor], dict[str, Tensor]] | None = None
    for batch in _batches(trained, test, part):
        operands = _embed(trained, batch, part)
        key = _operand(trained, batch, part, loss, "prediction")
        said = operands[key]
        constant = mean.to(said.dtype).expand_as(said)
        samples = len(next(iter(batch.values())))
        for what, prediction in (
            ("loss", said),
            ("baseline", constant),
            ("baseline_zero", torch.zeros_like(said)),
        ):
            sums[what] += _combine(trained, {**operands, key: prediction}, part)[loss].item() * samples
        example = example or (batch, operands)
    result: dict[str, Any] = {what: value / len(test) for what, value in sums.items()}
    result["explained"] = 1 - result["loss"] / result["baseline"]
    if draw and example is not None:
        found = patches.panels(trained, *example, loss)
        if found is not None:
            result["pictures"] = pictures.panels(trained.run.pictures / f"{name}.png", found)
    view = next(iter(trained.phase["views"]))
    masks = {
        mask: [entry[key] for key in ("of", "tokens", "hidden")]
        for mask, entry in trained.phase.get("masks", {}).items()
    }
    return {
        **result,
        **test.about,
        "bank": len(bank),
        "hash": held_out.fingerprint(trained, loss, masks, view=view),
    }


def _loss_and_part(trained: Trained, settings: dict[str, Any]) -> tuple[str, str]:
    parts: dict[str, Any] = trained.package.recipe["parts"]
    named = settings.get("loss")
    for part, entry in parts.items():
        for loss in entry["losses"]:
            if named in (None, loss):
                return loss, part
    raise RunError(f"the objective has no loss '{named}' to reconstruct by")


def _batches(trained: Trained, data: held_out.HeldOut, part: str) -> Any:
    """Batches as the objective takes them: deterministic views, and masks from the run's seed and the
    sample's number.
    """
    fields: dict[str, Any] = trained.phase["batch"]
    views = [name for name, entry in fields.items() if entry["kind"] == "image"]
    seed, start = int(trained.package.recipe.get("seed", 0)), 0
    for batch in data.read((held_out.IMAGE,)):
        images = batch[held_out.IMAGE]
        keys = torch.from_numpy(random.keys(seed, np.arange(start, start + len(images), dtype=np.int64)))
        made = {name: trained.prepare(images, name) for name in views if not trained.view(name)["listed"]}
        drawn = draw_masks(trained.package.data, trained.phase, keys)
        made |= {name: tensor.to(trained.device) for name, tensor in drawn.items()}
        if "key" in fields:
            made["key"] = keys.to(trained.device)
        start += len(images)
        yield made


def _embed(trained: Trained, batch: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    with torch.inference_mode(), trained.precision.context():
        found: dict[str, Tensor] = trained.objective.embed(batch, part)  # type: ignore[operator]
        return found


def _combine(trained: Trained, operands: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    with torch.inference_mode(), trained.precision.context():
        found: dict[str, Tensor] = trained.objective.combine(operands, part)  # type: ignore[operator]
        return found


def _operand(trained: Trained, batch: dict[str, Tensor], part: str, loss: str, role: str) -> str:
    operands = _embed(trained, {name: tensor[:1] for name, tensor in batch.items()}, part)
    key = f"{loss}.{role}"
    if key not in operands:
        raise RunError(
            f"the loss '{loss}' has no operand '{role}': reconstruction measures a prediction against a "
            "target"
        )
    return key
