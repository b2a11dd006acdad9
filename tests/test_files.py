"""A file holds one idea and reads in one sitting."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import ROOT

LONGEST = 400  # lines
WRITTEN = {".py", ".j2", ".lark"}  # by people; cases and the schema are made
FOLDERS = [ROOT / name for name in ("vfmc", "templates", "grammar", "tests")]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_file_is_longer_than_one_sitting(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.suffix in WRITTEN]
    assert files
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files
    }
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}


def test_every_file_of_the_compiler_and_the_runtime_says_its_idea() -> None:
    files = list((ROOT / "vfmc").rglob("*.py"))
    assert files
    silent = [
        str(path.relative_to(ROOT))
        for path in files
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
