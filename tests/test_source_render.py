"""Findings as people and programs see them."""

import json
import unicodedata

import pytest

from vfmc.source import NOWHERE, Diagnostic, Label, Severity, Source, Span, TextEdit
from vfmc.source.render import render

SOURCE = Source("spec.yaml", "views:\n  crop: a\n  other: b\n\n  crop: c\n")


def finding(source=SOURCE, start=31, end=35, **more):
    given = {
        "code": "SYN010",
        "name": "duplicate-key",
        "severity": Severity.ERROR,
        "message": "`crop` is given twice",
    }
    return Diagnostic(**{**given, **more}, span=Span(source, start, end))


def test_full_shows_the_line_the_caret_the_notes_and_a_summary():
    told = finding(
        label="again",
        labels=(Label(Span(SOURCE, 9, 13), "first"),),
        notes=("keys are unique",),
        help="keep one",
        fix=(TextEdit(NOWHERE, ""),),
        applicability="safe",
    )
    assert render([told], color=False) == (
        "error[SYN010]: `crop` is given twice\n"
        " --> spec.yaml:5:3\n"
        "  |\n"
        "2 |   crop: a\n"
        "  |   ---- first\n"
        "...\n"
        "5 |   crop: c\n"
        "  |   ^^^^ again\n"
        "  |\n"
        "  = note: keys are unique\n"
        "  = help: keep one\n"
        "\n"
        "Found 1 error (1 fixable with --fix)."
    )


def test_findings_stand_in_the_order_of_the_text_and_are_counted():
    later = finding(message="later")
    first = finding(start=2, end=3, severity=Severity.WARNING, message="first")
    lines = render([later, later, first], "concise").split("\n")
    assert lines[0] == "spec.yaml:1:3: warning[SYN010] first"
    assert lines[1] == "spec.yaml:5:3: error[SYN010] later"
    assert render([later, later, first], color=False).endswith("Found 2 errors, 1 warning.")


def test_json_has_the_promised_keys_and_no_other():
    plain, rich = json.loads(
        render(
            [finding(start=1, end=2), finding(help="do", fix=(TextEdit(Span(SOURCE, 0, 1), "x"),))], "json"
        )
    )["findings"]
    assert list(plain) == [
        "code",
        "name",
        "severity",
        "message",
        "file",
        "line",
        "column",
        "end_line",
        "end_column",
        "help",
    ]
    assert (rich["file"], rich["line"], rich["column"], rich["end_line"], rich["end_column"]) == (
        "spec.yaml",
        5,
        3,
        5,
        7,
    )
    assert rich["severity"] == "error" and rich["help"] == "do" and rich["fix"][0]["text"] == "x"


@pytest.mark.parametrize(
    ("format", "nothing"), [("full", ""), ("concise", ""), ("jsonl", ""), ("gitlab", "[]")]
)
def test_no_findings_give_no_text(format, nothing):
    assert render([], format) == nothing


def test_an_unknown_format_is_an_error():
    with pytest.raises(ValueError, match="full, concise, json"):
        render([], "xml")


def test_color_is_asked_for_or_taken_from_the_environment(monkeypatch):
    assert "\x1b[" in render([finding()], color=True)
    assert "\x1b[" not in render([finding()], color=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in render([finding()])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in render([finding()])


def caret(shown: str) -> tuple[str, str]:
    """The source line as it is shown, and what stands above the carets."""
    lines = shown.split("\n")
    at = next(index for index, line in enumerate(lines) if "^" in line)
    below = lines[at]
    columns, text = [], ""
    for character in lines[at - 1]:
        columns += [character] * (2 if unicodedata.east_asian_width(character) in "WF" else 1)
    for column, sign in enumerate(below):
        if sign == "^" and column < len(columns):
            text += columns[column]
    return lines[at - 1], text


@pytest.mark.parametrize("before", ["", "x" * 30, "日本" * 10, "x" * 5_000, "日" * 5_000])
def test_the_caret_stands_under_the_token_whatever_comes_before(before):
    source = Source("s", f"{before}TOKEN{'y' * 5_000}\n")
    line, under = caret(render([finding(source, len(before), len(before) + 5)], color=False))
    assert under == "TOKEN"
    assert len(line) < 130


def test_a_tab_takes_as_many_columns_above_as_below():
    _, under = caret(render([finding(Source("s", "\tTOKEN\n"), 1, 6)], color=False))
    assert under == "TOKEN"


def test_a_finding_over_several_lines_shows_the_first():
    shown = render([finding(SOURCE, 0, 30)], color=False)
    assert "1 | views:\n  | ^^^^^^" in shown and "2 |" not in shown


def test_signs_that_turn_or_move_the_text_are_not_shown():
    source = Source("s", "a\u202e\x1b[31m\u200bb\n")
    for format in ("full", "concise"):
        shown = render([finding(source, 0, 1, message="in \x1b[31m \u202e")], format, color=False)
        assert "\x1b" not in shown and "\u202e" not in shown and "\u200b" not in shown


def test_a_finding_without_a_text_shows_none():
    assert render([finding(Source("spec.yaml", ""), 0, 0)], color=False).split("\n")[:3] == [
        "error[SYN010]: `crop` is given twice",
        " --> spec.yaml",
        "",
    ]


def test_a_place_in_another_file_is_shown_with_its_name():
    base = Source("base.yaml", "crop: a\n")
    shown = render([finding(labels=(Label(Span(base, 0, 4), "inherited from here"),))], color=False)
    assert " ::: base.yaml:1:1\n" in shown and "---- inherited from here" in shown


def test_a_label_that_is_cut_off_with_its_part_of_the_line_is_not_shown_elsewhere():
    source = Source("s", "FIRST" + "x" * 5_000 + "TOKEN\n")
    shown = render(
        [finding(source, 5_005, 5_010, labels=(Label(Span(source, 0, 5), "far away"),))], color=False
    )
    assert caret(shown)[1] == "TOKEN" and "far away" not in shown
