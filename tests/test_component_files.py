"""A component is one Python file and, where it makes code, one template; the compiler goes by what it declares and not by its word.
docs/component_files.md says where it does not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from vfmc.components import Stage, registry

PAGE = (ROOT / "docs" / "component_files.md").read_text(encoding="utf-8")
CODE = ("stage", "loss", "mask", "value", "op")  # kinds that are written into packages
COMPILER = ("types", "check", "graph", "passes", "plan", "emit")
RUNTIME = {
    "source": "data/sources",
    "optimizer": "optimizers",
    "schedule": "schedules",
    "protocol": "evaluate/protocols",
    "tokenizer": "tokenize",
    "input": "data/decode",
}
ALL = [(kind, name) for kind in registry.FOLDERS for name in registry.names(kind)]


def places(heading: str) -> dict[str, set[str]]:
    """A table of the page: the words in its first column, with the files in its second."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    found: dict[str, set[str]] = {}
    for row in re.findall(r"^\| (`.*?) \| (`.*?) \|", section, re.MULTILINE):
        for word in re.findall(r"`(.+?)`", row[0]):
            found.setdefault(word, set()).update(re.findall(r"`(.+?)`", row[1]))
    return found


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_component_is_one_file_and_what_makes_code_has_one_template(kind: str, name: str) -> None:
    assert (ROOT / "vfmc" / "components" / registry.FOLDERS[kind] / f"{name}.py").is_file()
    template = ROOT / "templates" / registry.FOLDERS[kind] / f"{name}.py.j2"
    cls = registry.find(kind, name)
    stands_for_others = (
        cls is not None
        and issubclass(cls, Stage)
        and (cls.expand is not Stage.expand or cls.copies is not Stage.copies)
    )
    assert template.is_file() == (kind in CODE and not stands_for_others)


def test_kinds_with_a_second_half_have_it_in_a_file_of_the_same_name_but_for_those_on_the_page() -> None:
    without = set()
    for kind, folder in RUNTIME.items():
        here = ROOT / "vfmc" / "runtime" / folder
        for name in registry.names(kind):
            if not (here / f"{name}.py").is_file() and not (here / name).is_dir():
                without.add(name)
    assert without == set(places("No second half of its own"))


def compared(tree: ast.AST) -> Iterator[str]:
    """The texts that something is compared with by `==` or `!=`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            for side in (node.left, *node.comparators):
                if isinstance(side, ast.Constant) and isinstance(side.value, str):
                    yield side.value


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The folder and the word of components whose file is imported."""
    for node in ast.walk(tree):
        module = node.module if isinstance(node, ast.ImportFrom) else None
        parts = (module or "").split(".")
        if parts[:2] == ["vfmc", "components"] and len(parts) == 4:
            yield parts[2], parts[3]


def files(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / "vfmc" / folder).rglob("*.py")):
            yield Path(path).relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_the_compiler_asks_for_no_stage_loss_view_mask_or_value_by_its_word_but_where_the_page_says() -> None:
    words = {name for kind, name in ALL if kind in ("stage", "loss", "view", "mask", "value", "op")}
    found: dict[str, set[str]] = {}
    for path, tree in files(*COMPILER):
        for word in words & set(compared(tree)):
            found.setdefault(word, set()).add(path)
    assert found == places("Words that the compiler knows")


def test_no_file_imports_that_of_a_component_but_where_the_page_says() -> None:
    found: dict[str, set[str]] = {}
    for path, tree in files("."):
        for folder, word in imported(tree):
            if folder in registry.FOLDERS.values() and path != f"vfmc/components/{folder}/{word}.py":
                found.setdefault(word, set()).add(path)
    assert found == places("Components that others import")
