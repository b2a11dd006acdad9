"""Texts that a model writes: against a loop of our own over the whole forward pass, against open_clip, and as a user calls it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from compiled import disturbed
from conftest import Command
from peers import peer
from test_numerics_coca import SPEC, pair

from vfmc import api
from vfmc.source import Source

START, END, PAD, LENGTH = 1, 2, 0, 11


def coca(padding: str = "shifted", level: int = 1, change: tuple[str, str] = ("", "")):
    """The small CoCa with weights large enough that texts differ, in eval mode."""
    text = SPEC.replace("padding: PADDING", f"padding: {padding}").replace(*change)
    Path("spec.yaml").write_text(text)
    torch.manual_seed(0)
    model = disturbed(api.module("spec.yaml", seed=0, level=level)).eval()
    with torch.no_grad():
        model.decoder.linear.weight.mul_(8)
    return model


def begun(count: int) -> torch.Tensor:
    ids = torch.full((count, LENGTH), PAD)
    ids[:, 0] = START
    return ids


def naive(model: torch.nn.Module, image: torch.Tensor) -> list[list[int]]:
    """One picture at a time, everything computed anew for each word, by the towers as the spec connects them."""
    rows = []
    for one in image:
        ids = [START]
        while len(ids) < LENGTH:
            if len(ids) == LENGTH - 1:
                ids.append(END)
                break
            padded = torch.tensor([ids + [PAD] * (LENGTH - len(ids))])
            pooled, words = model.pooled(one[None]), model.words(padded)
            scores = model.decoder(words[:, :-1], pooled_tokens_BND=pooled[:, 1:])[0, len(ids) - 1]
            ranked = [id for id in scores.argsort(descending=True).tolist() if id != PAD]
            ids.append(ranked[0])
            if ids[-1] == END:
                break
        rows.append(ids + [PAD] * (LENGTH - len(ids)))
    return rows


@pytest.mark.parametrize("level", [0, 1, 2])
def test_greedy_texts_are_those_of_a_naive_loop(here: Path, level: int) -> None:
    model = coca(level=level)
    image = torch.randn(12, 3, 16, 16)
    found = model.generate("captions", begun(12), image)
    assert found.tolist() == naive(model, image)
    assert len({tuple(row) for row in found.tolist()}) > 3  # the pictures decide, not the words alone


def test_texts_end_once_and_fit(here: Path) -> None:
    """Random weights: the same texts each time, an end in every row, nothing but padding behind it, none before."""
    model = coca()
    with torch.no_grad():
        model.decoder.linear.weight[END] = model.decoder.linear.weight[3:20].mean(0)
    image = torch.randn(64, 3, 16, 16)
    found = model.generate("captions", begun(64), image)
    assert found.shape == (64, LENGTH) and torch.equal(found, model.generate("captions", begun(64), image))
    assert torch.equal(found[:5], model.generate("captions", begun(5), image[:5]))
    places = []
    for row in found.tolist():
        place = row.index(END)
        places.append(place)
        assert row[0] == START and PAD not in row[:place] and set(row[place + 1 :]) <= {PAD}
    assert max(places) <= LENGTH - 1 and model.training is False


def test_a_text_may_be_begun(here: Path) -> None:
    model = coca()
    image = torch.randn(3, 3, 16, 16)
    whole = model.generate("captions", begun(3), image)
    some = whole.clone()
    some[:, 4:] = PAD
    some[0, 2:] = PAD  # beginnings of several lengths
    assert (some[1:, :4] != PAD).all() and torch.equal(model.generate("captions", some, image), whole)


@pytest.mark.parametrize(
    "change",
    [
        ("memory: pooled.tokens", "memory: words.tokens"),  # of nothing but the text
        ("  captions: {use: next_token, logits: decoder, labels: caption, weight: 2.0}\n", ""),
    ],
)
def test_only_what_learns_to_write_of_something_has_the_method(here: Path, change: tuple[str, str]) -> None:
    assert change[0] in SPEC
    text = SPEC.replace("padding: PADDING", "padding: shifted").replace(*change)
    package = api.Spec(Source("spec.yaml", text), None).compile_package().package
    assert package is not None and "def generate" not in package.files["objective.py"]
    assert "likeliest" not in package.files["objective.py"]


def test_the_method_follows_from_the_graph(here: Path) -> None:
    """Other names, another medium of the data path, no contrast: nothing of it is CoCa's."""
    text = """
vfmc: 1
name: teller
inputs: {photo: image, story: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 300}}}
views: {square: {use: random_square_crop, of: photo, size: 8}}
towers:
  eyes: {from: square, pipe: [{use: vit, width: 16, depth: 1, heads: 2, patch: 4}]}
  hand:
    from: story
    pipe:
      - {use: word_embedding, width: 16}
      - position
      - {use: cross_decoder, memory: eyes, depth: 1, heads: 2}
      - {use: linear, out: 300}
losses: {told: {use: next_token, logits: hand, labels: story}}
sources: {pairs: {use: digits, gives: {photo: image, story: caption}}}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""
    Path("teller.yaml").write_text(text)
    model = disturbed(api.module("teller.yaml", seed=0)).eval()
    assert model.writes == {"told": ("story", ("square",))}
    begin = torch.zeros(4, 9, dtype=torch.int64)
    begin[:, 0] = 1
    image = torch.randn(4, 3, 8, 8)
    found = model.generate("told", begin, image)
    for place in range(1, 8):
        seen = torch.where(torch.arange(9) < place, found, 0)
        scores = model.hand(seen, model.eyes(image))[:, place - 1, 1:]
        going = (found[:, :place] != 2).all(dim=1)
        assert torch.equal(found[going, place], scores.argmax(dim=-1)[going] + 1)


def test_draws_follow_the_shares_of_the_likeliest_and_their_seed() -> None:
    import numpy as np

    from vfmc.runtime.writing import drawn

    count = 20_000
    logits = torch.tensor([0.0, 3.0, 2.0, 1.0, -1.0]).log_softmax(-1).expand(count, -1)
    places = np.arange(count, dtype=np.int64)
    found = drawn(places, 3, 0.5, seed=7)(logits, 4)
    shares = torch.bincount(found, minlength=5) / count
    wanted = torch.tensor([0.0, math.exp(6), math.exp(4), math.exp(2), 0.0])
    assert torch.allclose(shares, wanted / wanted.sum(), atol=4 * math.sqrt(0.25 / count))
    assert shares[0] == 0 and shares[4] == 0
    assert torch.equal(found[100:200], drawn(places[100:200], 3, 0.5, seed=7)(logits[100:200], 4))
    assert not torch.equal(found, drawn(places, 3, 0.5, seed=8)(logits, 4))
    assert not torch.equal(found, drawn(places, 3, 0.5, seed=7)(logits, 5))
    assert (drawn(places, 1, 1.0, seed=0)(logits, 1) == 1).all()


@pytest.mark.filterwarnings("ignore")
def test_greedy_texts_of_equal_weights_are_open_clips(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sampling with one candidate is greedy; it makes the last id the end as well."""
    transformers, module = peer("transformers"), peer("open_clip.coca_model")
    if (
        not module._has_transformers
    ):  # it gives up where the class of its beams is gone, which greedy words do not need
        names = ["LogitsProcessorList", "RepetitionPenaltyLogitsProcessor", "MinLengthLogitsProcessor"]
        for name in [*names, "MaxLengthCriteria", "StoppingCriteriaList"]:
            monkeypatch.setattr(module, name, getattr(transformers, name), raising=False)
        monkeypatch.setitem(module.GENERATION_TYPES, "top_k", transformers.TopKLogitsWarper)
        monkeypatch.setattr(module, "_has_transformers", True)
    theirs, ours = pair("shifted", 1)
    theirs, ours = theirs.eval(), ours.eval()
    with torch.no_grad():
        for matrix in (theirs.text_decoder.text_projection, ours.decoder.linear.weight):
            matrix.mul_(20)
    generator = torch.Generator().manual_seed(1)
    image = torch.randn(16, 3, 16, 16, generator=generator, dtype=torch.float64)
    found = ours.generate("captions", begun(16), image)
    expected = theirs.generate(
        image, seq_len=LENGTH, max_seq_len=LENGTH, generation_type="top_k", top_k=1, pad_token_id=PAD,
        eos_token_id=END, sot_token_id=START, min_seq_len=0, fixed_output_length=True,
    )  # fmt: skip
    assert found.tolist() == expected.tolist()
    assert len({tuple(row) for row in found.tolist()}) > 3


def test_a_run_writes_captions_of_files(vfmc: Command, here: Path) -> None:
    from PIL import Image

    done = vfmc("train", "coca_tiny", "--out", "run", "-s", "train.for=2 steps", "-s", "train.batch=8")
    assert done.code == 0, done.err
    for name, grey in (("one.png", 40), ("two.png", 200)):
        Image.new("RGB", (16, 16), (grey, grey, grey)).save(name)
    done = vfmc("caption", "run", "one.png", "two.png")
    assert done.code == 0, done.err
    model = api.open("run")
    written = model.generate(["one.png", "two.png"])
    assert written == [model.generate("one.png"), model.generate("two.png", batch=1)]
    assert done.out == "".join(
        f"{name}\t{text}\n" for name, text in zip(("one.png", "two.png"), written, strict=True)
    )
    drawn = [
        model.generate(["one.png"] * 6, top_k=50, seed=seed, batch=batch)
        for seed, batch in ((3, 6), (3, 2), (4, 6))
    ]
    assert drawn[0] == drawn[1] != drawn[2] and len(set(drawn[0])) > 1
    result = model.untrained().generate("one.png")
    assert isinstance(result, str)
    assert (
        "no loss 'clip' teaches to write: captions would"
        in vfmc("caption", "run", "one.png", "--loss", "clip").err
    )
    done = vfmc("eval", "run", "--only", "written", "--json")
    assert done.code == 0 and '"chance"' in done.out, done.err


def test_a_run_that_learned_to_write_nothing_says_so(vfmc: Command, here: Path) -> None:
    assert (
        vfmc("train", "clip_tiny", "--out", "run", "-s", "train.for=1 steps", "-s", "train.batch=8").code == 0
    )
    done = vfmc("caption", "run", "one.png")
    assert done.code == 2 and "clip_tiny learned to write nothing: it takes a loss `next_token`" in done.err


def test_ids_become_the_texts_that_they_were() -> None:
    from vfmc.runtime.tokenize.trained import train

    texts = ["a photo of the number seven", "ein größeres Bild, das!"]
    made = train({"use": "bpe", "vocabulary": 300}, 64, texts)
    assert made.decode(made.encode([*texts, ""]).tolist()) == [*(text.lower() for text in texts), ""]
    pieces = train({"use": "wordpiece", "vocabulary": 60}, 64, texts[:1])
    assert pieces.decode(pieces.encode(texts[:1]).tolist()) == texts[:1]


def test_ids_of_clip_become_texts() -> None:
    peer("open_clip")
    from vfmc.runtime.tokenize import open_tokenizer

    made = open_tokenizer({"use": "clip"}, 77)
    texts = ["a photo of a café, isn't it?!", "!", "two  naïve words"]
    theirs = peer("open_clip.tokenizer").SimpleTokenizer()
    for row, text in zip(made.encode(texts).tolist(), made.decode(made.encode(texts).tolist()), strict=True):
        ids = row[1 : row.index(made.end)]
        assert text == theirs.decode(ids).strip()
