"""Vocabularies learned from the captions at hand: byte pairs (any text can be written) and word pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import Tokenizer as Core
from tokenizers import models, normalizers, pre_tokenizers, trainers

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize.base import Tokenizer

SPECIAL = ["<pad>", "<start>", "<end>", "<unknown>"]  # ids 0, 1, 2, 3
_BYTES = 256


def train(description: Mapping[str, Any], length: int, captions: Iterable[str]) -> Tokenizer:
    """At most `vocabulary` ids: the special ones, single letters, then what merging makes. The same captions
    give the same ids.

    Byte pairs have all bytes, so no text meets `<unknown>`; word pieces know the letters of the captions.
    """
    use, size = description["use"], int(description["vocabulary"])
    least = len(SPECIAL) + (_BYTES if use == "bpe" else 1)
    if size < least:
        raise DataError(
            f"{use}(vocabulary: {size}): at least {least}, for the special tokens and the letters"
        )
    trainer: trainers.Trainer
    pieces = (
        pre_tokenizers.ByteLevel(add_prefix_space=False)
        if use == "bpe"
        else pre_tokenizers.BertPreTokenizer()
    )
    options: dict[str, Any] = {"vocab_size": size, "special_tokens": SPECIAL, "show_progress": False}
    if use == "bpe":
        core = Core(models.BPE())
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(initial_alphabet=letters, **options)
    else:
        core = Core(models.WordPiece(unk_token=SPECIAL[3], max_input_chars_per_word=100))
        trainer = trainers.WordPieceTrainer(limit_alphabet=size // 4, **options)
    core.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase(), normalizers.Strip()])
    core.pre_tokenizer = pieces
    core.train_from_iterator(captions, trainer)
    bare = Core(
        core.model
    )  # without the special tokens as matches: a caption that holds "<pad>" is only text
    bare.normalizer, bare.pre_tokenizer = core.normalizer, core.pre_tokenizer
    return Tokenizer(bare, length, description, start=1, end=2, pad=0)
