"""Captions that the model writes of held-out samples, greedily, beside those that the samples have."""

from __future__ import annotations

from collections import Counter
from typing import Any

from vfmc.runtime import writing
from vfmc.runtime.evaluate import held_out
from vfmc.runtime.trained import Trained

SHOWN = 8


def run(trained: Trained, name: str, settings: dict[str, Any], draw: bool) -> dict[str, Any]:
    """`settings`: `loss`, `data`, `limit`.

    Gives `exact`, the share of samples whose text is one of their own captions as the tokeniser spells them; `chance`, the same
    if the texts were dealt out at random among the samples; `different`, how many different texts there are; and the first few.
    """
    loss, text, fed = writing.operands(trained, settings.get("loss"))
    data = held_out.open_data(trained, settings, ({"view": fed}, {"input": text}))
    shown, tokenizer = trained.input_of(fed), trained.tokenizer(text)
    written: list[str] = []
    own: list[set[str]] = []
    for batch in data.read((shown, text)):
        written += writing.write(trained, batch[shown], loss, decoded=True)
        for said in batch[text]:
            captions = [said] if isinstance(said, str) else list(said)
            own.append(set(tokenizer.decode(tokenizer.encode(captions).tolist())))
    counts = Counter(written)
    dealt = sum(counts[caption] for captions in own for caption in captions)
    return {
        "exact": sum(one in captions for one, captions in zip(written, own, strict=True)) / len(own),
        "chance": dealt / len(own) ** 2,
        "different": len(counts),
        "written": written[:SHOWN],
        **data.about,
        "hash": held_out.fingerprint(trained, loss, view=fed, text=text),
    }
