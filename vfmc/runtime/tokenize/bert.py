"""BERT's word pieces, 30,522 ids in the uncased vocabulary (Devlin et al., arXiv 1810.04805)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Core
from tokenizers import decoders, models, normalizers, pre_tokenizers

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize.base import Tokenizer


def open(description: Mapping[str, Any], length: int, root: Path) -> Tokenizer:
    """Start [CLS], end [SEP], padding [PAD]: 101, 102 and 0 in the published vocabulary, one token a line at
    `path`.

    `special_tokens: false` leaves start and end out (FLIP); `lowercase: false` is for a cased vocabulary.
    """
    path = description.get("path")
    if path is None or not (root / Path(path).expanduser()).is_file():
        where = "has no `path`" if path is None else f"finds no file at {root / path}"
        raise DataError(
            f"the tokenizer bert {where}: it needs the vocabulary of the model,"
            ' one token a line, as in tokenizer: bert(path: "vocab.txt")'
        )
    file = root / Path(path).expanduser()
    names = file.read_text(encoding="utf-8").splitlines()
    vocabulary = {name: id for id, name in enumerate(names)}
    missing = [name for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]") if name not in vocabulary]
    if missing:
        raise DataError(f"{file} is not a vocabulary of BERT: it has no {', '.join(missing)}")
    core = Core(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    core.normalizer = normalizers.BertNormalizer(lowercase=description.get("lowercase", True))
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.decoder = decoders.WordPiece("##")
    special = description.get("special_tokens", True)
    return Tokenizer(
        core,
        length,
        description,
        start=vocabulary["[CLS]"] if special else None,
        end=vocabulary["[SEP]"] if special else None,
        pad=vocabulary["[PAD]"],
    )
