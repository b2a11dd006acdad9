"""Vocabularies learned from the captions at hand: byte pairs (any text can be written) and word pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import Tokenizer as Core
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize.base import Tokenizer

SPECIAL = ["<pad>", "<start>", "<end>", "<unknown>"]  # ids 0, 1, 2, 3
_BYTES = 256
_WITHIN = "##"  # marks a piece that continues a word


def train(description: Mapping[str, Any], length: int, captions: Iterable[str]) -> Tokenizer:
    """At most `vocabulary` ids: the special ones, single letters, then what merging makes. The same captions
    give the same ids.

    Byte pairs have all bytes, so no text meets `<unknown>`; word pieces know the letters of the captions.
    """
    use, size = description["use"], int(description["vocabulary"])
    least = len(SPECIAL) + (_BYTES if use == "bpe" else 2)
    if size < least:
        raise DataError(
            f"{use}(vocabulary: {size}): at least {least}, for the special tokens and the letters"
        )
    core = Core(models.BPE() if use == "bpe" else models.WordPiece(unk_token=SPECIAL[3]))
    core.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase(), normalizers.Strip()])
    trainer: trainers.Trainer
    if use == "bpe":
        core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=SPECIAL, initial_alphabet=letters, show_progress=False
        )
    else:
        core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        captions = list(captions)
        letters = _letters((core.normalizer.normalize_str(text) for text in captions), size // 4)
        within = [
            _WITHIN + letter for letter in letters
        ]  # named beforehand: the trainer's own order is a hash map's
        trainer = trainers.WordPieceTrainer(
            vocab_size=size,
            special_tokens=SPECIAL + within,
            initial_alphabet=letters,
            limit_alphabet=len(letters),
            continuing_subword_prefix=_WITHIN,
            show_progress=False,
        )
    core.train_from_iterator(captions, trainer)
    bare = Core(
        core.model
    )  # without the special tokens as matches: a caption that holds "<pad>" is only text
    bare.normalizer, bare.pre_tokenizer = core.normalizer, core.pre_tokenizer
    bare.decoder = decoders.ByteLevel() if use == "bpe" else decoders.WordPiece(_WITHIN)
    return Tokenizer(bare, length, description, start=1, end=2, pad=0)


def _letters(texts: Iterable[str], limit: int) -> list[str]:
    """The most frequent letters, at most `limit`, sorted."""
    counts = Counter(letter for text in texts for letter in text if not letter.isspace())
    return sorted(sorted(counts, key=lambda letter: (-counts[letter], letter))[: max(limit, 1)])
