"""Text to ids: CLIP's byte pairs, BERT's word pieces, SentencePiece models, and vocabularies learned from the captions at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tokenizers

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize import bert, clip, sentencepiece, trained
from vfmc.runtime.tokenize.base import ABOUT, FILE, Tokenizer

__all__ = ["Tokenizer", "open_tokenizer"]

_CLEAN: dict[str, Callable[[str], str]] = {"clip": clip.clean}
_IGNORED = ("path",)  # where the vocabulary came from does not change what it is


def open_tokenizer(
    description: Mapping[str, Any],
    length: int,
    captions: Iterable[str] | None = None,
    folder: str | Path | None = None,
    root: str | Path = ".",
) -> Tokenizer:
    """The tokenizer of an input's entry: `{"use": "clip"}`, `{"use": "bert", "path": "vocab.txt",
    "special_tokens": true}`, `{"use": "bpe", "vocabulary": 512}` or `{"use": "wordpiece", "vocabulary":
    512}`.

    If `folder` holds one that was saved, that one; otherwise `bpe` and `wordpiece` learn from `captions`.
    `root` is where relative paths start. Raises `DataError` if the vocabulary is not there, or if the one
    saved is another.
    """
    if folder is not None and (Path(folder) / ABOUT).is_file():
        return _load(Path(folder), description, length)
    use = description["use"]
    if use == "clip":
        return clip.open(description, length, Path(root))
    if use == "bert":
        return bert.open(description, length, Path(root))
    if use == "sentencepiece":
        return sentencepiece.open(description, length, Path(root))
    if use not in ("bpe", "wordpiece"):
        raise DataError(
            f"this runtime has no tokenizer '{use}'. It has clip, bert, sentencepiece, bpe and wordpiece"
        )
    if captions is None:
        raise DataError(f"the tokenizer {use} learns its vocabulary from captions, and there are none")
    return trained.train(description, length, captions)


def _load(folder: Path, description: Mapping[str, Any], length: int) -> Tokenizer:
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    saved, asked = (
        {name: value for name, value in entry.items() if name not in _IGNORED and value is not None}
        for entry in (about["description"], description)
    )
    if saved != asked:
        raise DataError(
            f"the tokenizer saved in {folder} is {saved}, the spec asks for {asked}: use another run folder"
        )
    text = (folder / FILE).read_text(encoding="utf-8")
    made = sentencepiece.Core if description["use"] == "sentencepiece" else tokenizers.Tokenizer
    core = made.from_str(text)
    start, end, pad = about["start"], about["end"], about["pad"]
    return Tokenizer(
        core, length, description, start=start, end=end, pad=pad, clean=_CLEAN.get(description["use"])
    )
