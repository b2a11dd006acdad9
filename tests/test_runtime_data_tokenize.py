"""Tokenizers: published ids, deterministic learned vocabularies, and rows that end where the model looks."""

from __future__ import annotations

import gzip
import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.sources import open_source
from vfmc.runtime.data.text import Captions, open_tokenizers
from vfmc.runtime.random import keys
from vfmc.runtime.tokenize import clip, open_tokenizer

CAPTIONS = [
    f"a {size} {animal} on the {place}"
    for size in ("big", "small")
    for animal in ("dog", "cat", "hen")
    for place in ("roof", "street")
]
BPE = {"use": "bpe", "vocabulary": 320}
PIECES = {"use": "wordpiece", "vocabulary": 120}


def test_byte_pairs_learned_from_captions() -> None:
    tokenizer = open_tokenizer(BPE, 12, CAPTIONS)
    assert (tokenizer.pad, tokenizer.start, tokenizer.end) == (0, 1, 2) and tokenizer.vocabulary <= 320
    rows = tokenizer.encode(["a big dog on the roof", "", "Ünbekannt 猫 🙂 <pad>"])
    assert rows.shape == (3, 12) and rows[1].tolist() == [1, 2] + [0] * 10
    assert (rows[:, 0] == 1).all() and ((rows == 2).sum(1) == 1).all() and not (rows == 3).any()
    assert rows[2, -1] == 2 and 0 not in rows[2]  # cut, and the end is still there
    assert rows[0].count_nonzero() < 10  # words of the captions became few ids
    assert tokenizer.core.decode(rows[0].tolist()[1:-1]).startswith("a big dog on the roof<end>")


def test_word_pieces_learned_from_captions() -> None:
    tokenizer = open_tokenizer(PIECES, 10, CAPTIONS)
    assert tokenizer.vocabulary <= 120 and [tokenizer.core.id_to_token(i) for i in range(4)] == [
        "<pad>",
        "<start>",
        "<end>",
        "<unknown>",
    ]
    assert tokenizer.encode(["a dog 猫"])[0].tolist()[3:5] == [3, 2]  # a letter never seen is unknown


@pytest.mark.parametrize("description", [BPE, PIECES])
def test_learning_gives_the_same_ids_in_every_process(description: dict[str, object]) -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from vfmc.runtime.tokenize import open_tokenizer;"
        f"print(open_tokenizer({description!r}, 12, {CAPTIONS!r}).core.to_str())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == open_tokenizer(description, 12, CAPTIONS).core.to_str()


@pytest.mark.parametrize("description", [BPE, PIECES])
def test_a_saved_tokenizer_is_the_same_one(tmp_path: Path, description: dict[str, object]) -> None:
    made = open_tokenizer(description, 12, CAPTIONS)
    made.save(tmp_path / "t")
    read = open_tokenizer(description, 12, ["other captions"], tmp_path / "t")
    texts = [*CAPTIONS, "something else", "<end>"]
    assert read.encode(texts).equal(made.encode(texts)) and (read.start, read.end, read.pad) == (1, 2, 0)
    with pytest.raises(DataError, match="use another run folder"):
        open_tokenizer({**description, "vocabulary": 999}, 12, CAPTIONS, tmp_path / "t")


def test_vocabularies_too_small_or_without_captions_are_refused() -> None:
    with pytest.raises(DataError, match="at least 260"):
        open_tokenizer({"use": "bpe", "vocabulary": 100}, 12, CAPTIONS)
    with pytest.raises(DataError, match="learns its vocabulary from captions"):
        open_tokenizer(BPE, 12)
    with pytest.raises(
        DataError, match=r"no tokenizer 'letters'. It has clip, bert, sentencepiece, bpe and wordpiece"
    ):
        open_tokenizer({"use": "letters"}, 12)


def test_bert_splits_words_as_its_vocabulary_says(tmp_path: Path) -> None:
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "dog", "##s", "cafe", "!", "play", "##ing"]
    (tmp_path / "vocab.txt").write_text("\n".join(entries) + "\n")
    tokenizer = open_tokenizer({"use": "bert", "path": "vocab.txt"}, 8, root=tmp_path)
    rows = tokenizer.encode(["A dogs!", "Café playing zebra"])
    assert rows.tolist() == [[2, 4, 5, 6, 8, 3, 0, 0], [2, 7, 9, 10, 1, 3, 0, 0]]
    plain = open_tokenizer({"use": "bert", "path": "vocab.txt", "special_tokens": False}, 4, root=tmp_path)
    assert plain.encode(["a dogs"]).tolist() == [[4, 5, 6, 0]] and plain.start is None
    with pytest.raises(DataError, match="has no `path`: it needs the vocabulary"):
        open_tokenizer({"use": "bert"}, 8)
    (tmp_path / "wrong.txt").write_text("a\nb\n")
    with pytest.raises(DataError, match=r"is not a vocabulary of BERT: it has no \[PAD\]"):
        open_tokenizer({"use": "bert", "path": "wrong.txt"}, 8, root=tmp_path)


def test_clip_says_both_ways_to_get_its_merges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "_CARRIERS", ())
    with pytest.raises(
        DataError, match=r"pip install open_clip_torch` .*tokenizer: clip\(path: \"bpe_simple"
    ):
        open_tokenizer({"use": "clip"}, 77)
    files = {
        "short.gz": (gzip.compress(b"version\na b\n"), "holds 1 merges and CLIP has 48894"),
        "broken.gz": (b"\x1f\x8bxx", "is not CLIP's file of merges"),
        "other.txt": (b"version\n" + b"xy z\n" * 48894, "merges 'xy', which is nothing yet"),
    }
    for name, (content, said) in files.items():
        with pytest.raises(DataError, match=r"are not at .*set `path` to a copy"):
            open_tokenizer({"use": "clip", "path": name}, 77, root=tmp_path)
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=said):
            open_tokenizer({"use": "clip", "path": name}, 77, root=tmp_path)


def test_clip_with_merges_of_our_own_has_the_published_layout(tmp_path: Path) -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    merges = [f"{a} {b}" for a in alphabet for b in alphabet]
    merges += [f"{a}{b} {c}</w>" for a in alphabet for b in alphabet for c in alphabet]
    merges += [f"{a}{b} {c}{d}" for a in alphabet for b in alphabet for c in alphabet for d in alphabet]
    (tmp_path / "merges.txt").write_text("\n".join(["version", *merges]))
    tokenizer = open_tokenizer({"use": "clip", "path": "merges.txt"}, 6, root=tmp_path)
    assert tokenizer.vocabulary == 49408
    assert (tokenizer.start, tokenizer.end, tokenizer.pad) == (49406, 49407, 0)
    # letters follow "!" = 0 in the order of the bytes, then the same at the end of a word, then the merges
    cat = 512 + merges.index("ca t</w>")
    assert tokenizer.encode(["CAT  c!"])[0].tolist() == [49406, cat, 256 + ord("c") - 33, 256, 49407, 0]
    assert tokenizer.encode(["cat " * 9])[0].tolist() == [49406, cat, cat, cat, cat, 49407]


def test_clip_cleans_text_as_published() -> None:
    messy = "  Fish &amp;amp; “Chips”\n don’t ﬁt ＡＢＣ\x07 é"
    assert clip.clean(messy) == 'fish & "chips" don\'t fit abc é'


def test_clip_ids_equal_open_clips() -> None:
    package = importlib.util.find_spec("open_clip")
    if package is None or package.submodule_search_locations is None:
        pytest.skip("open_clip is not installed")
    file = (
        Path(package.submodule_search_locations[0]) / "tokenizer.py"
    )  # alone: the package imports torchvision
    found = importlib.util.spec_from_file_location("open_clip_tokenizer", file)
    assert found is not None and found.loader is not None
    reference = importlib.util.module_from_spec(found)
    found.loader.exec_module(reference)
    pick = random.Random(0)
    plain = [chr(c) for c in range(32, 127)]
    others = [
        chr(c) for c in (*range(0xC0, 0x180), *range(0x391, 0x3C9), *range(0x410, 0x450), 0x4E00, 0x1F600)
    ]
    said = "a photo of the dog's don't 3.14 10,000 C++ naïve café — &amp; &lt;b&gt;"
    words = f"{said} 日本語 🙂 #tag @home 1st self-made".split(" ")
    texts = [" ".join(pick.choices(words, k=pick.randint(0, 30))) for _ in range(150)]
    texts += ["".join(pick.choices(plain, k=40)) for _ in range(100)]
    texts += ["word " * 200, "x" * 400, "", " \t\n", *CAPTIONS]
    texts += ["".join(pick.choices(others, k=12)) for _ in range(50)]
    ours = open_tokenizer({"use": "clip"}, 77).encode(texts)
    theirs = reference.SimpleTokenizer()(texts, context_length=77)
    different = [text for text, a, b in zip(texts, ours, theirs, strict=True) if not a.equal(b)]
    assert not different


def test_one_of_several_captions_by_the_samples_key() -> None:
    inputs = {"caption": {"kind": "text", "length": 16, "tokenizer": BPE}}
    source = open_source({"use": "digits"}, inputs)
    tokenizer = open_tokenizers(inputs, source)["caption"]
    captions, secrets = Captions("caption", tokenizer), keys(0, np.arange(400))
    values = [source[5]["caption"]] * 400
    drawn = captions(values, secrets)
    assert drawn.shape == (400, 16) and len(drawn.unique(dim=0)) == 10
    assert drawn.equal(captions(values, secrets)) and drawn[7:9].equal(captions(values[:2], secrets[7:9]))
    assert captions(values[:2], None).equal(tokenizer.encode([values[0][0]] * 2))


def test_tokenizers_are_kept_in_the_run_folder(tmp_path: Path) -> None:
    inputs = {"caption": {"kind": "text", "length": 16, "tokenizer": BPE}}
    source = open_source({"use": "digits"}, inputs)
    made = open_tokenizers(inputs, source, tmp_path / "tokenizers")["caption"]
    again = open_tokenizers(inputs, None, tmp_path / "tokenizers")["caption"]
    assert again.encode(CAPTIONS).equal(made.encode(CAPTIONS))
    with pytest.raises(DataError, match="'caption' has no tokenizer"):
        open_tokenizers({"caption": {"kind": "text", "length": 16}}, source)
