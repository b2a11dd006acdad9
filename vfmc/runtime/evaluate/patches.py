"""Patches as pictures: what a masked autoencoder saw, and what it made of it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from vfmc.runtime.trained import Trained

SHOWN = 8
GREY = 0.5


def panels(
    trained: Trained, batch: dict[str, Tensor], operands: dict[str, Tensor], loss: str
) -> list[list[Tensor]] | None:
    """Rows of original, masked and reconstructed images `[C, H, W]` in [0, 1]; None where the prediction is
    not of square pixel patches.

    Patches are ordered (row, column, channel) inside, as in MAE. If the target is not the pixels themselves,
    it is taken to be the patch normalised by its own mean and standard deviation (with n - 1 and 1e-6, as MAE
    has it), and that is undone.
    """
    prediction, target = operands[f"{loss}.prediction"].float(), operands[f"{loss}.target"].float()
    hidden_name = next((name for name in batch if name.endswith(".hidden")), None)
    view_name = next(
        (
            name
            for name, entry in trained.phase["batch"].items()
            if entry["kind"] == "image" and name in batch
        ),
        None,
    )
    if hidden_name is None or view_name is None or prediction.ndim != 3:
        return None
    images, hidden = batch[view_name][:SHOWN].float(), batch[hidden_name][:SHOWN]
    channels, rows, columns = images.shape[1:]
    side = math.isqrt(prediction.shape[-1] // channels)
    if side * side * channels != prediction.shape[-1] or rows % side or columns % side:
        return None
    own = cut(images, side)
    tokens, width = own.shape[1], own.shape[2]
    if int(hidden.max()) >= tokens:
        return None
    index = hidden[..., None].expand(-1, -1, width)
    said = _at(prediction[:SHOWN], index, tokens)
    wanted = _at(target[:SHOWN], index, tokens)
    true = own.gather(1, index)
    if not torch.allclose(wanted, true, atol=1e-3):
        said = said * (true.var(-1, keepdim=True) + 1e-6).sqrt() + true.mean(-1, keepdim=True)
    program = trained.view(view_name)["evaluate"][0][-1]
    masked = own.scatter(1, index, torch.full_like(true, math.nan))
    made = own.scatter(1, index, said)
    shown = [_pixels(join(x, side, rows, columns), program) for x in (own, masked, made)]
    return [[column[i] for column in shown] for i in range(len(images))]


def cut(images_BCHW: Tensor, side: int) -> Tensor:
    """Patches `[B, N, side * side * C]`, each ordered (row, column, channel)."""
    batch, channels, rows, columns = images_BCHW.shape
    grid = images_BCHW.reshape(batch, channels, rows // side, side, columns // side, side)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(batch, -1, side * side * channels)


def join(patches_BND: Tensor, side: int, rows: int, columns: int) -> Tensor:
    """The inverse of `cut`."""
    channels = patches_BND.shape[-1] // (side * side)
    grid = patches_BND.reshape(len(patches_BND), rows // side, columns // side, side, side, channels)
    return grid.permute(0, 5, 1, 3, 2, 4).reshape(len(patches_BND), channels, rows, columns)


def _at(values: Tensor, index: Tensor, tokens: int) -> Tensor:
    """The values of the hidden patches, whether they are given alone or among all."""
    return values.gather(1, index) if values.shape[1] == tokens and tokens != index.shape[1] else values


def _pixels(images: Tensor, last: dict[str, Any]) -> Tensor:
    if last["op"] == "normalize":
        mean, std = (
            torch.tensor(last[name], device=images.device).reshape(-1, 1, 1) for name in ("mean", "std")
        )
        images = images * std + mean
    return images.nan_to_num(GREY).clamp(0, 1).cpu()
