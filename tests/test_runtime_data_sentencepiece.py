"""The tokenizer sentencepiece, on models that are trained here, against the library's own ids."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from checking import BASE, only

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.tokenize import open_tokenizer

library = pytest.importorskip("sentencepiece")
CAPTIONS = [
    f"a {size} {animal} on the {place}"
    for size in ("big", "small")
    for animal in ("dog", "cat")
    for place in ("roof", "street")
]
SIZE = 30
IDS = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}


def model(folder: Path, **ids: int) -> Path:
    """A model of 30 pieces."""
    path = folder / "captions.model"
    with path.open("wb") as file:
        library.SentencePieceTrainer.train(
            sentence_iterator=iter(CAPTIONS * 4),
            model_writer=file,
            vocab_size=SIZE,
            model_type="bpe",
            minloglevel=2,
            **(ids or IDS),
        )
    return path


def description(**changes: Any) -> dict[str, Any]:
    return {
        "use": "sentencepiece",
        "path": "captions.model",
        "vocabulary": 64,
        "start": 1,
        "end": 2,
        "pad": 0,
    } | changes


def test_ids_are_those_of_the_library_between_start_and_end(tmp_path: Path) -> None:
    path = model(tmp_path)
    tokenizer = open_tokenizer(description(), 24, root=tmp_path)
    row = tokenizer.encode(["a big dog on the roof"])[0].tolist()
    ids = library.SentencePieceProcessor(model_file=str(path)).encode("a big dog on the roof")
    assert row == [1, *ids, 2] + [0] * (22 - len(ids))
    assert tokenizer.core.decode(row[1 : 1 + len(ids)]) == "a big dog on the roof"
    short = open_tokenizer(description(), 4, root=tmp_path).encode(["a big dog on the roof"])[0].tolist()
    assert short == [1, *ids[:2], 2], "too long a text keeps its end"


def test_a_run_needs_no_other_file(tmp_path: Path) -> None:
    path = model(tmp_path)
    before = open_tokenizer(description(), 12, root=tmp_path)
    before.save(tmp_path / "run")
    path.unlink()
    after = open_tokenizer(description(path="elsewhere.model"), 12, folder=tmp_path / "run")
    assert after.encode(CAPTIONS).tolist() == before.encode(CAPTIONS).tolist()


def test_padding_may_have_an_id_past_the_pieces(tmp_path: Path) -> None:
    model(tmp_path, pad_id=-1, bos_id=1, eos_id=2, unk_id=0)
    tokenizer = open_tokenizer(description(pad=30, vocabulary=31), 12, root=tmp_path)
    assert tokenizer.encode(["a cat"])[0].tolist()[-1] == 30 and tokenizer.vocabulary == 31
    with pytest.raises(DataError, match="it has pad: -1"):
        open_tokenizer(description(), 12, root=tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vocabulary": 16}, "has 30 pieces, and the spec says vocabulary: 16"),
        ({"start": 5}, "it has start: 1"),
        ({"path": "nowhere.model"}, "finds no file at"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    model(tmp_path)
    with pytest.raises(DataError, match=said):
        open_tokenizer(description(**changes), 12, root=tmp_path)


def test_a_file_of_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "captions.model").write_bytes(b"no model")
    with pytest.raises(DataError, match="not a model of SentencePiece"):
        open_tokenizer(description(), 12, root=tmp_path)


def test_a_missing_package_is_told_with_its_pip_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model(tmp_path)
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(DataError, match="pip install sentencepiece"):
        open_tokenizer(description(), 12, root=tmp_path)


@pytest.mark.parametrize(
    ("ids", "said"), [("pad: 2", "must be three ids"), ("end: 64", "the id 64 does not lie below 64")]
)
def test_ids_that_cannot_be_are_found_before_training(ids: str, said: str) -> None:
    tokenizer = "{use: sentencepiece, path: a.model, vocabulary: 64, " + ids + "}"
    text = BASE.replace(
        "  image: image\n", "  image: image\n  words: {use: text, length: 8, tokenizer: " + tokenizer + "}\n"
    )
    assert said in only(text).message
