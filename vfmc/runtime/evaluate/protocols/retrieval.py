"""Retrieval between two media: the caption of an image among all captions and the image of a caption among all images,
or the sound of an image among all sounds.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from vfmc.runtime.evaluate import held_out, scores
from vfmc.runtime.evaluate.held_out import HeldOut
from vfmc.runtime.trained import Trained


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: two towers (`image` {tower, view} and `text` {tower, input}, or `a` and `b`), `data`, `limit`. Gives
    R@1, R@5, R@10 in both directions, called by the media, such as `image_to_text`.

    An image may have several captions (COCO has five). What counts is the text: equal captions of two images are one,
    and any image that has it is right, so data with repeated captions is not scored by chance.
    """
    first, second = held_out.operands(settings).values()
    data = held_out.open_data(trained, settings, (first, second))
    a, own_a, facts_a = _side(trained, data, first)
    b, own_b, facts_b = _side(trained, data, second)
    similarity, relevant = a @ b.T, own_a.T @ own_b > 0
    said = [trained.kind_of(where) for where in (first, second)]
    if said[0] == said[1]:
        said = [first["tower"], second["tower"]]
    views = [where["view"] for where in (first, second) if "view" in where]
    text = next((where["input"] for where in (first, second) if "input" in where), None)
    captions = facts_a or facts_b
    return {
        f"{said[0]}_to_{said[1]}": scores.recall(similarity, relevant),
        f"{said[1]}_to_{said[0]}": scores.recall(similarity.T, relevant.T),
        **({"captions": len(captions)} if text else {}),
        **data.about,
        "hash": held_out.fingerprint(
            trained, captions, view=views[0] if len(views) == 1 else views, text=text
        ),
    }


def _side(trained: Trained, data: HeldOut, where: dict[str, Any]) -> tuple[Tensor, Tensor, list[str]]:
    """Unit vectors `[M, E]` of the different items of a medium, which samples own which `[N, M]`, and the texts if
    they are texts.
    """
    if "input" not in where:
        features, _ = held_out.encode(trained, data, where)
        return F.normalize(features, dim=-1), torch.eye(len(features)), []
    name = held_out.input_of(trained, where)
    own = [
        [text] if isinstance(text, str) else list(text)
        for batch in data.read((name,))
        for text in batch[name]
    ]
    captions = sorted({text for texts in own for text in texts})
    place = {text: index for index, text in enumerate(captions)}
    owns = torch.zeros(len(own), len(captions))
    for row, texts in zip(owns, own, strict=True):
        row[[place[text] for text in texts]] = 1
    encoded = trained.encode(None, captions, **where)
    return F.normalize(encoded, dim=-1), owns, captions
