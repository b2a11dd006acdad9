"""What every tokenizer does: texts to rows of ids, padded or cut to one length."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

FILE = "tokenizer.json"
ABOUT = "vfmc_tokenizer.json"


class Tokenizer:
    """Ids of texts. `start` and `end` are None where the tokenizer has no such token; `pad` fills the row.

    `vocabulary` is the number of ids: all lie below it. `core` splits cleaned text into ids without special
    tokens: a `tokenizers.Tokenizer`, or what answers like one.
    """

    def __init__(
        self,
        core: Any,
        length: int,
        description: Mapping[str, Any],
        *,
        start: int | None,
        end: int | None,
        pad: int,
        clean: Callable[[str], str] | None = None,
    ) -> None:
        self.core, self.length, self.description = core, length, dict(description)
        self.start, self.end, self.pad = start, end, pad
        self.clean = clean
        self.vocabulary: int = max(core.get_vocab_size(with_added_tokens=True), pad + 1)

    def encode(self, texts: Sequence[str]) -> Tensor:
        """int64 `[B, L]`: start, the text's ids, end, padding. Too long a text loses its last words, never
        the end token.
        """
        cleaned = [self.clean(text) for text in texts] if self.clean else list(texts)
        first = [] if self.start is None else [self.start]
        last = [] if self.end is None else [self.end]
        room = self.length - len(first) - len(last)
        rows = np.full((len(cleaned), self.length), self.pad, dtype=np.int64)
        for row, found in zip(rows, self.core.encode_batch(cleaned, add_special_tokens=False), strict=True):
            ids = first + found.ids[:room] + last
            row[: len(ids)] = ids
        return torch.from_numpy(rows)

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """The texts of rows of ids, without start, end, padding and what stands behind the end."""
        texts = []
        for row in map(list, rows):
            if self.end is not None and self.end in row:
                row = row[: row.index(self.end)]
            while row and row[-1] == self.pad and self.end is None:
                row.pop()
            texts.append(str(self.core.decode(row[1:] if row[:1] == [self.start] else row)).strip())
        return texts

    def save(self, folder: str | Path) -> None:
        """Writes what `open_tokenizer(..., folder=folder)` needs to make the same tokenizer on a machine
        without the vocabulary.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        about = {"description": self.description, "start": self.start, "end": self.end, "pad": self.pad}
        _write(folder / FILE, self.core.to_str())
        _write(folder / ABOUT, json.dumps(about, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    os.replace(file.name, path)
