"""Every mistake of the corpus `cases/syntax/errors` is told as its `.txt` says.

VFMC_UPDATE=1 writes what is told now; read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from vfmc.source import Source
from vfmc.source.render import render
from vfmc.syntax.codes import CODES
from vfmc.syntax.read import read

CASES = sorted(
    path
    for path in (Path(__file__).parent / "cases" / "syntax" / "errors").iterdir()
    if path.suffix != ".txt"
)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_mistake_is_told_in_words_of_the_language(path):
    _, found = read(Source(path.name, path.read_text(encoding="utf-8")))
    told = render(found, "full", color=False) + "\n"
    expected = path.with_name(path.name + ".txt")
    if os.environ.get("VFMC_UPDATE"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
    assert found and all(CODES[each.code] == each.name for each in found)


def test_codes_and_names_are_unique_and_well_formed():
    assert len(set(CODES.values())) == len(CODES)
    for code, name in CODES.items():
        assert code[:3] == "SYN" and code[3:].isdigit() and len(code) == 6
        assert name == name.lower() and " " not in name and "_" not in name
