"""Captions on their way to ids: one of several by the sample's key, tokenised once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.reader import choose
from vfmc.runtime.data.sources.base import Inputs, Source, named
from vfmc.runtime.random import stream, uniform
from vfmc.runtime.tokenize import Tokenizer, open_tokenizer

_CACHE_BYTES = 64 << 20


def open_tokenizers(
    inputs: Inputs, source: Source | None = None, folder: str | Path | None = None, root: str | Path = "."
) -> dict[str, Tokenizer]:
    """The tokenizer of every text input, by name. Those that learn their vocabulary take the captions of
    `source`.

    With `folder` (`runs/NAME/tokenizers`) each is read from `folder/INPUT` if it is there, else made and
    saved there, so that a run, its continuation and its evaluation use the same ids.
    """
    found = {}
    for name in named(inputs, "text"):
        entry = inputs[name]
        if not entry.get("tokenizer"):
            raise DataError(
                f"the text '{name}' has no tokenizer: write tokenizer: bpe(vocabulary: 512) for instance"
            )
        captions = source.captions(name) if source is not None and name in source.gives else None
        place = Path(folder) / name if folder is not None else None
        found[name] = open_tokenizer(entry["tokenizer"], entry["length"], captions, place, root)
        if place is not None and not place.is_dir():
            found[name].save(place)
    return found


class Captions:
    """Texts of one input to ids `[B, L]`, with a cache of rows."""

    def __init__(self, name: str, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.stream = stream(f"captions.{name}")
        self._rows: dict[str, Tensor] = {}
        self._most = _CACHE_BYTES // (8 * tokenizer.length + 300)

    def __call__(self, values: list[Any], keys: np.ndarray | None) -> Tensor:
        """Ids int64 `[B, L]` of captions, or of one caption of each list: drawn by the sample's key, or the
        first without keys.
        """
        u = np.zeros(len(values)) if keys is None else uniform(keys, self.stream, 1)[:, 0]
        texts = choose(values, u)
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if not new:
            return torch.stack([self._rows[text] for text in texts])
        rows = dict(zip(new, self.tokenizer.encode(new), strict=True))
        made = torch.stack([rows[text] if text in rows else self._rows[text] for text in texts])
        if len(self._rows) + len(rows) <= self._most:
            self._rows.update(rows)
        return made
