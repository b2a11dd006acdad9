"""Zero-shot classification: images, or samples of another medium, against the names of their classes, put into
prompts (CLIP, arXiv 2103.00020, section 3.1).
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import held_out, pictures, scores, templates
from vfmc.runtime.trained import Trained


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `image` (or another medium) {tower, view}, `text` {tower, input}, `templates` (a name, a list or a file),
    `classes` (names; the source's own if None), `data`, `limit`. Gives top1, top5, per class, and the
    confusion.
    """
    where = held_out.operand(settings)
    data = held_out.open_data(trained, settings, (where, held_out.LABEL))
    names = settings.get("classes") or data.source.classes
    if not names:
        raise RunError(
            f"zero-shot needs names of classes and the source has none: give `classes` to '{name}'"
        )
    prompts = templates.find(settings.get("templates") or "plain")
    weights = trained.class_weights(names, prompts, **settings["text"])
    features, rest = held_out.encode(trained, data, where, held_out.LABEL)
    labels = torch.tensor(rest[held_out.LABEL])
    if int(labels.max()) >= len(names):
        raise RunError(
            f"the data of '{name}' has a label {int(labels.max())}, and there are {len(names)} classes"
        )
    cosines = F.normalize(features, dim=-1) @ weights.T
    result = scores.classification(cosines, labels, names)
    print_of = held_out.fingerprint(
        trained,
        [t.format(n) for n in names for t in prompts],
        view=where["view"],
        text=settings["text"]["input"],
    )
    if draw:
        drawn = pictures.confusion(trained.run.pictures / f"{name}_confusion.png", result["confusion"], names)
    if draw and trained.kind_of(where) == held_out.IMAGE:
        name_of = held_out.input_of(trained, where)
        first = next(data.read((name_of,), batch=24))[name_of]
        guesses = cosines[: len(first)].argmax(-1).tolist()
        drawn += pictures.guesses(
            trained.run.pictures / f"{name}_samples.png", first, [names[i] for i in guesses],
            [names[i] for i in labels[: len(first)].tolist()],
        )  # fmt: skip
    if draw:
        result["pictures"] = drawn
    return {**result, **data.about, "templates": prompts, "hash": print_of}
