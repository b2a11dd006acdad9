"""The nearest valid word."""

import pytest

from vfmc.source.suggest import distance, nearest

WORDS = [
    "blocks",
    "contrastive",
    "cross_entropy",
    "cross_blocks",
    "patches",
    "layernorm",
    "l2norm",
    "linear",
    "drop",
    "dropout",
    "cls",
    "mlp",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("blcks", "blocks"), ("bolcks", "blocks"), ("blockss", "blocks"), ("Blocks", "blocks"), ("contrastve", "contrastive"),
        ("crossentropy", "cross_entropy"), ("cross-entropy", "cross_entropy"), ("CrossEntropy", "cross_entropy"),
        ("layer_norm", "layernorm"), ("l2_norm", "l2norm"), ("liner", "linear"), ("dropot", "dropout"), ("patchs", "patches"), ("clss", "cls"),
    ],
)  # fmt: skip
def test_a_slip_finds_the_word_that_was_meant(written, meant):
    assert nearest(written, WORDS) == meant


@pytest.mark.parametrize("written", ["transformer", "x", "", "zzzzzz", "mean", "a" * 10_000])
def test_a_word_like_none_of_them_finds_none(written):
    assert nearest(written, WORDS) is None


def test_among_equals_the_longer_common_ends_win_then_the_alphabet():
    assert nearest("heds", ["beds", "heads"]) == "heads"
    assert nearest("cat", ["bat", "car"]) == "bat"
    assert nearest("cat", ["cab", "car"]) == "cab"


def test_nothing_to_choose_from():
    assert nearest("blocks", []) is None


def test_distances_of_the_textbook():
    assert distance("kitten", "sitting") == 3
    assert distance("ca", "ac") == 1
    assert distance("", "abc") == 3
    assert distance("same", "same") == 0


def test_a_wrong_letter_is_likelier_than_an_extra_one():
    assert nearest("adamq", ["adam", "adamw", "sgd"]) == "adamw"
    assert nearest("adamm", ["adam", "adagrad"]) == "adam"


def test_a_word_is_no_slip_of_itself() -> None:
    assert nearest("hidden", ["hidden"]) is None
    assert nearest("hidden", ["hidden", "hiden"]) == "hiden"
