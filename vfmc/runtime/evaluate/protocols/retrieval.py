"""Retrieval: the caption of an image among all captions, and the image of a caption among all images."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from vfmc.runtime.evaluate import held_out, scores
from vfmc.runtime.trained import Trained


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `image` {tower, view}, `text` {tower, input}, `data`, `limit`. Gives R@1, R@5, R@10 in both
    directions.

    An image may have several captions (COCO has five). What counts is the text: equal captions of two images
    are one, and any image that has it is right, so data with repeated captions is not scored by chance.
    """
    data = held_out.open_data(trained, settings, (held_out.IMAGE, held_out.TEXT))
    features, rest = held_out.encode_images(trained, data, settings["image"], held_out.TEXT)
    own = [[text] if isinstance(text, str) else list(text) for text in rest[held_out.TEXT]]
    captions = sorted({text for texts in own for text in texts})
    place = {text: index for index, text in enumerate(captions)}
    relevant = torch.zeros(len(own), len(captions), dtype=torch.bool)
    for row, texts in zip(relevant, own, strict=True):
        row[[place[text] for text in texts]] = True
    encoded = trained.encode_text(captions, **settings["text"])
    similarity = F.normalize(features, dim=-1) @ F.normalize(encoded, dim=-1).T
    return {
        "image_to_text": scores.recall(similarity, relevant),
        "text_to_image": scores.recall(similarity.T, relevant.T),
        "captions": len(captions),
        **data.about,
        "hash": held_out.fingerprint(
            trained, captions, view=settings["image"]["view"], text=settings["text"]["input"]
        ),
    }
