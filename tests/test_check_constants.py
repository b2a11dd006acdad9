"""Constants of `let`, one test a promise."""

import pytest
from checking import changed, only, program, stage


def test_a_constant_stands_for_a_whole_value() -> None:
    let = "let:\n  side: 4\n  rate: {use: cosine, warmup: 1 epoch}\n  pair: [0.9, 0.95]\ninputs:"
    text = changed(("inputs:", let), ("size: 4, width", "size: $side, width"))
    text = changed(("lr: 1.0e-3}", "lr: 1.0e-3, betas: $pair}\n  schedule: $rate"), text=text)
    made = program(text)
    assert made.train.optimizer.betas == [0.9, 0.95] and made.train.schedule.warmup.value == 1
    assert stage(made, "encoder", "patches").size == 4
    assert "let" not in made.resolved


def test_a_constant_may_use_those_before_it() -> None:
    made = program(
        changed(
            ("inputs:", "let: {one: 0.9, both: [$one, 0.95]}\ninputs:"),
            ("lr: 1.0e-3}", "lr: 1.0e-3, betas: $both}"),
        )
    )
    assert made.train.optimizer.betas == [0.9, 0.95]


@pytest.mark.parametrize(
    ("let", "word"),
    [("{a: $b, b: 4}", "below"), ("{a: $a}", "below"), ("{a: 4, c: $aa}", "did you mean `$a`?")],
)
def test_a_constant_that_is_not_there_yet_is_one_finding(let: str, word: str) -> None:
    found = only(changed(("inputs:", f"let: {let}\ninputs:"), ("size: 4, width", "size: $a, width")))
    assert found.code == "REF113" and word in found.message + found.help


def test_a_misspelt_constant_is_one_finding_at_its_use() -> None:
    found = only(changed(("inputs:", "let: {side: 4}\ninputs:"), ("size: 4, width", "size: $sied, width")))
    assert (found.code, found.span.text, found.help) == ("REF113", "$sied", "did you mean `$side`?")


def test_a_constant_that_does_not_fit_shows_its_use_and_its_value() -> None:
    found = only(changed(("inputs:", "let: {side: 5}\ninputs:"), ("size: 4, width", "size: $side, width")))
    assert (found.code, found.span.text, found.labels[-1].span.text) == ("SHP205", "$side", "5")


def test_a_mistake_inside_a_constant_shows_where_it_is_written() -> None:
    found = only(
        changed(
            ("inputs:", "let:\n  rate: {use: cosine, warmpu: 1 epoch}\ninputs:"),
            ("lr: 1.0e-3}", "lr: 1.0e-3}\n  schedule: $rate"),
        )
    )
    assert (found.code, found.span.text) == ("REF102", "warmpu")


def test_a_quoted_dollar_is_a_text() -> None:
    assert program(changed(("vfmc: 1", 'vfmc: 1\ndoc: "$5"'))).doc == "$5"
