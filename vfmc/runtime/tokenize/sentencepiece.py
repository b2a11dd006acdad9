"""SentencePiece models (Kudo and Richardson, arXiv 1808.06226), read from a file and kept with the run."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize.base import Tokenizer


class Encoded(NamedTuple):
    """The ids of one text."""

    ids: list[int]


class Core:
    """What `Tokenizer` asks of its core, done by a SentencePiece processor."""

    def __init__(self, model: bytes) -> None:
        try:
            import sentencepiece
        except ImportError:
            raise DataError(
                "the tokenizer sentencepiece needs a package of that name: pip install sentencepiece"
            ) from None
        self.model = model
        self.pieces: Any = sentencepiece.SentencePieceProcessor()
        try:
            self.pieces.LoadFromSerializedProto(model)
        except RuntimeError as error:
            raise DataError(f"this is not a model of SentencePiece: {error}") from None

    def encode_batch(self, texts: Sequence[str], add_special_tokens: bool = False) -> list[Encoded]:
        return [Encoded(ids) for ids in self.pieces.encode(list(texts), out_type=int)]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids; special ones are left out."""
        return str(self.pieces.decode([id for id in ids if id < self.pieces.get_piece_size()]))

    def get_vocab_size(self, with_added_tokens: bool = True) -> int:
        return int(self.pieces.get_piece_size())

    def to_str(self) -> str:
        """The whole model as text, so that a run needs no other file."""
        return base64.b64encode(self.model).decode("ascii")

    @classmethod
    def from_str(cls, text: str) -> Core:
        return cls(base64.b64decode(text))


def open(description: Mapping[str, Any], length: int, root: Path) -> Tokenizer:
    """The model at `path`. Raises `DataError` if its special ids are not those declared, or if it has more pieces."""
    file = root / Path(str(description["path"])).expanduser()
    if not file.is_file():
        raise DataError(f"the tokenizer sentencepiece finds no file at {file}")
    core = Core(file.read_bytes())
    pieces, size = core.pieces, core.get_vocab_size()
    if size > description["vocabulary"]:
        raise DataError(
            f"{file} has {size} pieces, and the spec says vocabulary: {description['vocabulary']}"
        )
    found = {"start": pieces.bos_id(), "end": pieces.eos_id(), "pad": pieces.pad_id()}
    if found["pad"] < 0 and description["pad"] >= size:
        found["pad"] = description["pad"]  # an id of its own, past the pieces
    wrong = [f"{name}: {id}" for name, id in found.items() if id != description[name]]
    if wrong:
        raise DataError(
            f"the special ids of {file} are others than the spec's: it has {', '.join(wrong)} (-1 is none). Say so under "
            "`tokenizer`, or train it with --pad_id=0 --bos_id=1 --eos_id=2 --unk_id=3"
        )
    return Tokenizer(core, length, description, **found)
