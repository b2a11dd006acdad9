"""No input gives a traceback, and each is answered at once."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vfmc.source import Diagnostic, Source
from vfmc.source.render import render
from vfmc.syntax.load import load_source, source_of
from vfmc.syntax.read import format_source, read

N = 100_000
SKETCHES = sorted((Path(__file__).parent / "cases" / "syntax" / "sketches").glob("*.vfm"))
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

HOSTILE = [
    ("yaml", "bomb", BOMB, "too-large"),
    ("yaml", "self", "a: &a [*a]", "recursive-anchor"),
    ("yaml", "brackets", "a: " + "[" * N, "too-deep"),
    ("yaml", "closed brackets", "a: " + "[" * N + "]" * N, "too-deep"),
    ("yaml", "braces", "a: " + "{a: " * (N // 2), "too-deep"),
    ("yaml", "dashes", "- " * N, "too-deep"),
    ("yaml", "aliases nested", "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40, "too-deep"),
    ("yaml", "scalar", 'a: "' + "x" * 5_000_000 + '"', "too-large"),
    ("yaml", "values", "a: [" + "1," * N, "too-large"),
    ("yaml", "keys", "\n".join(f"k{i}: 1" for i in range(19_000)), "too-large"),
    ("yaml", "duplicates", "{" + "a: 1, " * 9_000 + "}", "duplicate-key"),
    ("yaml", "comments", "#\n" * N, "too-large"),
    ("yaml", "open string", "a: '" + "x" * N, "unclosed-string"),
    ("yaml", "question marks", "? " * N, "key-is-not-a-name"),
    ("yaml", "tags", "a: " + "!" * N, "tag"),
    ("yaml", "object", "a: !!python/object/apply:os.system [ls]", "tag"),
    ("yaml", "digits", "a: " + "9" * N, "bad-number"),
    ("yaml", "nul", "a: \0", "forbidden-character"),
    ("yaml", "bidi", 'a: "\u202e"', "forbidden-character"),
    ("yaml", "line separator", "a: \u2028b: 1", "forbidden-character"),
    ("yaml", "escape sequence", "a: \x1b[31m", "forbidden-character"),
    ("yaml", "carriage return", "a: 1\rb: 2", "forbidden-character"),
    ("vfm", "brackets", "view x = " + "[" * N, "too-deep"),
    ("vfm", "closed brackets", "view x = " + "[" * N + "]" * N, "too-deep"),
    ("vfm", "calls", "view x = " + "f(" * N, "too-deep"),
    ("vfm", "scalar", 'doc "' + "x" * 5_000_000 + '"', "too-large"),
    ("vfm", "values", "view x = [" + "1," * N + "]", "too-large"),
    ("vfm", "stages", "tower x = a" + "->a" * 70_000, "too-large"),
    ("vfm", "fields", "view x = a" + ".a" * N, "too-large"),
    ("vfm", "open string", 'doc "' + '\\"' * N, "unclosed-string"),
    ("vfm", "words", "view " * 40_000, "expected-something-else"),
    ("vfm", "space", "view" + " " * 200_000, "expected-something-else"),
    ("vfm", "closing", ")" * N, "mismatched-bracket"),
    ("vfm", "digits", "view x = " + "9" * N, "bad-number"),
    ("vfm", "nul", 'view x = "\0"', "forbidden-character"),
    ("vfm", "bidi", "# \u2066", "forbidden-character"),
    ("vfm", "surrogate", "# \ud800", "forbidden-character"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "text", "name"),
    [(a, c, d) for a, _, c, d in HOSTILE],
    ids=[f"{a}-{b}" for a, b, _, _ in HOSTILE],
)
def test_a_hostile_spec_gets_a_finding_within_two_seconds(spelling, text, name):
    started = time.process_time()
    _, found = read(Source(f"spec.{spelling}", text))
    shown = render(found, "full", color=False)
    assert time.process_time() - started < 2
    assert found[0].name == name
    assert len(found) <= 21 and max(map(len, shown.split("\n"))) < 500


def test_bytes_that_are_not_utf_8_are_shown_where_they_stand(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes("vfmc: 1\nname: é".encode() + b"\xff\xfe")
    finding = load_source(path)
    assert isinstance(finding, Diagnostic) and finding.name == "not-utf-8"
    assert finding.span.begin == (2, 8) and "0xFF" in finding.message


def test_a_file_that_is_not_there_or_not_a_file_is_a_finding(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path, "a\0b"):
        finding = load_source(path)
        assert isinstance(finding, Diagnostic) and finding.name == "cannot-read-file"


def test_a_huge_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"a: " + "é".encode() * 2_000_000)
    finding = load_source(path)
    assert isinstance(finding, Diagnostic) and finding.name == "too-large"


def test_a_byte_order_mark_is_dropped():
    source = source_of("spec.yaml", b"\xef\xbb\xbfvfmc: 1\n")
    assert isinstance(source, Source) and source.text == "vfmc: 1\n"


lenient = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
SIGNS = " \n\t:,-[]{}()'\"|>&*!%@`#=<>.$\\0123e_axtrue~?é\r"


@pytest.mark.parametrize("spelling", ["yaml", "vfm"])
@lenient
@given(text=st.one_of(st.text(max_size=60), st.text(SIGNS, max_size=60)))
def test_no_text_gives_a_traceback(spelling, text):
    answered(Source(f"spec.{spelling}", text))


@pytest.mark.parametrize("spelling", ["yaml", "vfm"])
@lenient
@given(seed=st.integers(0, 10**9), edits=st.integers(1, 6))
def test_no_mutation_of_a_spec_gives_a_traceback(spelling, seed, edits):
    chance = random.Random(seed)
    source = load_source(chance.choice(SKETCHES))
    assert isinstance(source, Source)
    text = source.text if spelling == "vfm" else format_source(source, "yaml")[0]
    for _ in range(edits):
        at = chance.randrange(len(text))
        end = at + chance.choice([0, 0, 1, 1, 2, 10, 80])
        text = text[:at] + chance.choice(["", chance.choice(SIGNS), text[end : end + 9]]) + text[end:]
    answered(Source(f"spec.{spelling}", text))


def answered(source: Source) -> None:
    """The source is read, and a finding stands inside it and can be shown; what is read can be written and read again."""
    tree, found = read(source)
    assert tree is not None or found
    for each in found:
        assert 0 <= each.span.start <= each.span.end <= len(source.text)
        assert each.span.source is source
        for word in ("Token", "NAME", "COLON", "$END", "lark", "yaml.", "expected <"):
            assert word not in each.message + each.help + each.label or word in source.text
    for form in ("full", "concise", "json"):
        render(found, form, color=True)
    if tree is not None and not found:
        for to in ("yaml", "vfm"):
            text, unwritable = format_source(source, to)
            assert text is not None or unwritable
            if text is not None:
                assert read(Source(f"again.{to}", text))[0] == tree or "nan" in source.text.lower()
