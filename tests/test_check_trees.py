"""No change of a tree of the zoo, however senseless, gives a traceback: it is a finding, or it builds."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from checking import ALL, spec
from fuzz import CORPUS, keep
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from test_check_hostile import SYSTEMS

from vfmc.components import registry
from vfmc.source import Severity
from vfmc.source.render import render

WORDS = ["use", "of", "as", "field", "weight", "takes", "from", "pipe", "with", "frozen", "hide", "mask", "size", "width", "depth", "let", "extends",
         "without", "set", "groups", "phases", "init", *(name for kind in registry.FOLDERS for name in registry.names(kind))]  # fmt: skip
VALUES = [None, 0, -1, 1, 3, 10**9, 2**40, -0.5, 1e300, True, False, "", "x", "crop", "hide", "vision", "student", "encoder", "$x", "10 epochs", "a.b.c", ".",
          [], {}, [[]], {"use": "vit"}, {"use": "blocks"}, ["crop"], {"of": "crop"}, "import os", "class", ["a", 1, None], {"use": None},
          {"use": "student", "of": "large"}]  # fmt: skip


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in pairs for place in ((*way, key), *places(value, (*way, key)))]


def at(node: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        node = node[step]
    return node


def mutate(draw: Any, made: Any) -> None:
    """One change somewhere: another value, another key, something less, something twice, something from elsewhere."""
    found = places(made)
    if not found:
        return
    way = draw(st.sampled_from(found))
    parent, key = at(made, way[:-1]), way[-1]
    how = draw(st.integers(0, 5))
    if how == 0:
        parent[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    elif how == 1:
        del parent[key]
    elif how == 2:
        parent[key] = copy.deepcopy(at(made, draw(st.sampled_from(found))))
    elif how == 3:
        parent[key] = draw(st.sampled_from(WORDS))
    elif how == 4 and isinstance(parent, dict):
        parent[draw(st.sampled_from(WORDS))] = parent.pop(key)
    else:
        other = SYSTEMS[draw(st.sampled_from(ALL))]
        parent[key] = copy.deepcopy(at(other, draw(st.sampled_from(places(other)))))


class Broken(AssertionError):
    """A tree that breaks a promise; the text is what to look at and to keep."""

    def __init__(self, text: str) -> None:
        super().__init__(f"the compiler does not keep its promises on:\n{text}")
        self.text = text


def try_one(draw: Any) -> None:
    made = copy.deepcopy(SYSTEMS[draw(st.sampled_from(ALL))])
    for _ in range(draw(st.integers(1, 4))):
        mutate(draw, made)
    text = json.dumps(made)
    try:
        try_text(text)
    except Exception as reason:
        raise Broken(text) from reason


def try_text(text: str) -> None:
    checked = spec(text)
    found = checked.check()
    told = render(found, "full", False)
    assert "pydantic" not in told and "Traceback" not in told
    for each in found:
        assert (
            each.message
            and not each.message.endswith(".")
            and "\n" not in each.message
            and len(each.message) < 400
        )
        assert 0 <= each.span.start <= each.span.end <= len(each.span.source.text)
    if not any(each.severity is Severity.ERROR for each in found):
        checked.compile_package(1)


@settings(
    max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_no_change_of_a_tree_gives_a_traceback(drawn: Any) -> None:
    try_one(drawn.draw)


@pytest.mark.slow
def test_no_change_of_a_tree_gives_a_traceback_in_thousands() -> None:
    """The trees are those of a number, VFMC_SEED or 0; the smallest that breaks is written into the corpus, which every run tries."""

    @seed(int(os.environ.get("VFMC_SEED", "0")))
    @settings(
        max_examples=5000,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def thousands(drawn: Any) -> None:
        try_one(drawn.draw)

    try:
        thousands()
    except Broken as found:
        print("kept as", keep(found.text, "yaml", "tree"))
        raise


@pytest.mark.parametrize("path", sorted(CORPUS.glob("tree-*.yaml")), ids=lambda path: path.stem)
def test_a_tree_that_once_broke_is_told_or_built(path: Path) -> None:
    try_text(path.read_text(encoding="utf-8"))
