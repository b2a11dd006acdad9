"""What is told of poolers, decoders, appended class tokens and the loss of the next word that do not fit."""

from __future__ import annotations

import pytest
from checking import only, program
from test_numerics_coca import spec

CASES = [
    ("out: 97", "out: 96", "SHP211", "there are 96 scores at every place, and 97 ids of bpe", "linear(out: 97)"),
    ("from: words.tokens", "from: text", "SHP201", "`cross_decoder` takes tokens", ""),
    ("from: words.tokens", "from: words", "SHP208", "the decoder would see the whole text in it", "`.tokens`"),
    ("queries: 6, cls: 1", "queries: 6, cls: 7", "SHP209", "7 of them cannot be class tokens", ""),
    ("queries: 6, cls: 1, heads: 5", "queries: 6, cls: 1, heads: 3", "SHP203", "3 heads do not divide a width of 20", ""),
    ("memory: pooled.tokens", "memory: pooled.words", "REF107", "`pooled` has no `words`", "tokens"),
    ("memory: pooled.tokens", "memory: vision", "REF105", "", ""),
    ("memory: pooled.tokens", "memory: decoder", "REF109", "", ""),
    ("append_cls: true, padding: shifted", "padding: shifted", "SHP208", "where a class token was appended", "append_cls"),
    ("      - {use: layernorm, epsilon: 1.0e-5}\n  vision", "      - {use: blocks, depth: 1, heads: 4, padding: hidden}\n  vision",
     "SHP201", "these tokens are no words", "word_embedding"),
    ("      - {use: text_transformer", "      - {use: word_embedding, width: 20}\n      - append_cls\n      - append_cls\n      - {use: text_transformer",
     "SHP207", "have a class token already", "without_prefix"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "said", "help"), CASES)
def test_what_does_not_fit_is_told_once(old: str, new: str, code: str, said: str, help: str) -> None:
    text = spec("shifted")
    assert old in text
    found = only(text.replace(old, new, 1))
    assert found.code == code
    assert said in found.message
    assert help in found.help


def test_a_value_that_a_pipe_names_is_made_outside_of_its_tower() -> None:
    """So that the pooler is one application, which the embedding and the decoder read."""
    graph = program(spec()).phases[0].graph
    scopes = [scope for scope in graph.scopes.values() if scope.tower == "pooled"]
    assert len(scopes) == 2 and all(scope.parent is None for scope in scopes)


def test_towers_are_called_from_the_data_behind_them() -> None:
    made = program(spec())
    assert {name: tower.feed for name, tower in made.callables.items()} == {
        "pooled": "crop", "vision": "crop", "words": "caption", "text": "caption",
    }  # fmt: skip
