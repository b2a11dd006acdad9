"""Ten thousand random texts for the readers, the formatter and the fixer, and what earlier ones found. More: `make fuzz`."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzzing.inputs import small
from fuzzing.mendable import mendable
from fuzzing.misspelt import misspelt
from fuzzing.properties import fixer, readers_and_formatter

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
INPUTS, FOLDS, FIXES = 10_000, 20, 100


@pytest.fixture(scope="module", autouse=True)
def what_other_tests_left() -> Iterator[None]:
    """It is not looked through for garbage while the time of a reader is taken; what the reader leaves is."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_text_is_read_or_its_mistakes_are_told_and_formatting_keeps_what_it_means(fold: int) -> None:
    readable = 0
    for number in range(fold, INPUTS, FOLDS):
        spelling = "vfm" if number // FOLDS % 2 else "yaml"
        text = small(number, spelling)
        try:
            readable += readers_and_formatter(text, spelling)
        except Exception as reason:
            raise AssertionError(f"input {number}, {spelling}: {text!r}") from reason
    assert readable > INPUTS / FOLDS / 5  # else the formatter was hardly tried


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_few_lines_with_a_slip_are_mended_and_formatted(fold: int) -> None:
    mended = 0
    for number in range(fold, INPUTS, FOLDS):
        spelling, text = misspelt(number)
        try:
            mended += fixer(text, spelling, unsafe=True, format=True) > 0
        except Exception as reason:
            raise AssertionError(f"misspelt {number}, {spelling}:\n{text}") from reason
    assert mended > INPUTS / FOLDS * 0.8  # else there was hardly anything to mend


@pytest.mark.parametrize("fold", range(4))
def test_what_a_fix_mends_is_mended_and_nothing_else_breaks(fold: int) -> None:
    count = 0
    for number in range(fold, FIXES, 4):
        spelling, text = mendable(number)
        try:
            count += fixer(text, spelling, unsafe=True)
        except Exception as reason:
            raise AssertionError(f"mendable {number}, {spelling}:\n{text}") from reason
    assert count > FIXES / 16


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_once_broke_is_whole(path: Path) -> None:
    kind, spelling = path.name.split("-")[0], path.suffix[1:]
    if kind == "fixer":
        for unsafe in (False, True):
            fixer(path.read_text(encoding="utf-8"), spelling, unsafe)
    else:
        readers_and_formatter(path.read_bytes(), spelling)
