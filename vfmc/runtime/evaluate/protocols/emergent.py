"""Emergent alignment: classes of one modality named by text that it was never paired with, and retrieval between all
pairs (ImageBind, arXiv 2305.05665, section 3.3).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from vfmc.runtime.errors import RunError
from vfmc.runtime.evaluate import held_out, pairs, pictures, scores, templates
from vfmc.runtime.trained import Trained


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `query` {tower, view}, `text` {tower, input}, `among` (a list of such), `label`, `templates`,
    `data`, `limit`, `untrained`.

    Gives top1 with `chance` and the confusion; `trained_pair`, the losses that compared query and text (emergent is
    what has none); `pairs`, R@k both ways of every pair of towers with `trained`, `chance`, and for sources that
    know their factors `shared` and the `ceiling`; and `untrained`, the same of the model before its first step.
    """
    fed = {own["tower"]: own for own in (settings["query"], settings["text"], *settings.get("among", []))}
    inputs = {tower: held_out.input_of(trained, own) for tower, own in fed.items()}
    more = None if settings.get("label") is None else {"label": settings["label"]}
    data = held_out.open_data(trained, settings, [*fed.values(), held_out.LABEL], more=more)
    names = data.source.classes
    if not names:
        raise RunError(f"'{name}' names classes, and its data have no names for them")
    prompts = templates.find(settings.get("templates") or "plain")
    models = [trained, *([trained.untrained()] if settings.get("untrained", True) else [])]
    units, labels = _encode(models, data, fed, inputs)
    query, text = settings["query"]["tower"], settings["text"]["tower"]
    recipe = trained.package.recipe
    found = []
    for index, model in enumerate(models):
        weights = model.class_weights(names, prompts, **settings["text"])
        named = scores.classification(units[index][query] @ weights.T, labels, names)
        found.append(named | {"pairs": _pairs(units[index], inputs, data, recipe)})
    losses = pairs.comparing(recipe, query, text)
    result = found[0] | {
        "chance": 1 / len(names),
        "over_chance": found[0]["top1"] * len(names),
        "emergent": not losses,
        "trained_pair": losses,
        "query": query,
    }
    if len(found) > 1:
        result["untrained"] = {
            "top1": found[1]["top1"],
            "pairs": {
                pair: {way: own[way] for way in own["ways"]} for pair, own in found[1]["pairs"].items()
            },
        }
    if draw:
        where = trained.run.pictures / f"{name}_confusion.png"
        result["pictures"] = pictures.confusion(where, result["confusion"], names)
    return {
        **result,
        **data.about,
        "templates": prompts,
        "hash": held_out.fingerprint(
            trained,
            [template.format(each) for each in names for template in prompts],
            view=[own["view"] for own in fed.values() if "view" in own],
            text=settings["text"]["input"],
        ),
    }


def _encode(
    models: list[Trained], data: held_out.HeldOut, fed: dict[str, dict[str, Any]], inputs: dict[str, str]
) -> tuple[list[dict[str, Tensor]], Tensor]:
    """For each model, the unit vectors `[N, E]` of every tower; and the labels. Of several captions the first is read."""
    found: list[dict[str, list[Tensor]]] = [{tower: [] for tower in fed} for _ in models]
    labels: list[int] = []
    for batch in data.read([*dict.fromkeys(inputs.values()), held_out.LABEL], batch=120):
        labels += batch[held_out.LABEL]
        for tower, own in fed.items():
            values = [value[0] if isinstance(value, list) else value for value in batch[inputs[tower]]]
            for model, vectors in zip(models, found, strict=True):
                vectors[tower].append(model.encode(None, values, **own, decoded=True))
    units = [{tower: F.normalize(torch.cat(parts), dim=-1) for tower, parts in own.items()} for own in found]
    return units, torch.tensor(labels)


def _pairs(
    units: dict[str, Tensor],
    inputs: dict[str, str],
    data: held_out.HeldOut,
    recipe: dict[str, Any],
) -> dict[str, dict[str, Any]]:
    """Retrieval of every pair of networks, as `"audio-text": {"audio_to_text", "text_to_audio", ...}`."""
    found = {}
    for one, other in combinations(units, 2):
        if pairs.one_network(recipe, one, other):
            continue
        factors = pairs.shared(data.source, inputs[one], inputs[other]) if data.source.knows else None
        alike = None if factors is None else pairs.alike(data.source, data.ids, factors)
        similarity = units[one] @ units[other].T
        there, back = f"{one}_to_{other}", f"{other}_to_{one}"
        found[f"{one}-{other}"] = {
            "ways": [there, back],
            there: pairs.retrieval(similarity, alike),
            back: pairs.retrieval(similarity.T, alike),
            "trained": pairs.comparing(recipe, one, other),
            "chance": pairs.chance(len(data)),
            **({} if alike is None else {"shared": list(factors or ()), "ceiling": pairs.ceiling(alike)}),
        }
    return found
