"""What the reader and the check report has a rule file each, so that every code has a page."""

import re
from pathlib import Path

from conftest import ROOT, Command

from vfmc.check.problems import NAMES
from vfmc.lint import registry
from vfmc.syntax.codes import CODES

REPORTED = {**CODES, **NAMES}
EVERY = list(registry.rules())
CHECKED = ("check", "doubt")


def test_every_reported_code_has_a_file_and_every_such_file_a_code() -> None:
    assert not set(CODES) & set(NAMES)
    assert {rule.code: rule.name for rule in EVERY if rule.by in CHECKED} == REPORTED


def test_what_the_linter_finds_itself_has_a_code_of_its_own() -> None:
    assert not [rule.code for rule in EVERY if rule.by not in CHECKED and rule.code in REPORTED]


def test_codes_in_the_source_are_declared() -> None:
    """A finding with a code that nobody declared would end in a KeyError."""
    known = {rule.code for rule in EVERY}
    said = {
        code
        for folder in ("check", "components", "syntax")
        for path in (ROOT / "vfmc" / folder).rglob("*.py")
        for code in re.findall(r'"((?:SYN|REF|SHP|OBJ|MSK|DAT|OPT)\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert said <= known
    assert {code for code in REPORTED if code not in said} <= {"SYN012"}, "declared, and nothing reports it"


def test_a_spec_that_the_dsl_has_no_words_for_stays_in_yaml(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text("vfmc: 1\nname: a\nextends: clip_tiny\neval: null\n")
    done = vfmc("fmt", "a.yaml", "--to", "vfm")
    assert done.code != 0 and "SYN060" in done.out + done.err
    assert "the DSL cannot say that `eval` is" in done.out + done.err


def test_the_page_of_a_reported_code_says_that_it_cannot_be_ignored(vfmc: Command) -> None:
    page = vfmc("rule", "REF102").out
    assert page.startswith("# REF102 unknown-argument\n") and "neither ignored nor suppressed" in page
    assert "$ vfmc lint /dev/null\n" in vfmc("rule", "SYN001").out
