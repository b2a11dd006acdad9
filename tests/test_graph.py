"""The Graph: its dump is stable, its edits keep what they must, and its verifier finds what a pass may have broken."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from checking import ALL, BASE, graphs, program

from vfmc.graph import Graph
from vfmc.graph.dump import dump
from vfmc.graph.verify import Broken, verify
from vfmc.types import Bad

ROOT = Path(__file__).parent.parent


def graph() -> Graph:
    return program(BASE).phases[0].graph


def first(made: Graph, name: str) -> int:
    return next(value.id for value in made.values.values() if value.name == name)


@pytest.mark.parametrize("name", ALL)
def test_the_graphs_of_the_zoo_are_valid(name: str) -> None:
    made = program(name)
    for each in (*(phase.graph for phase in made.phases), made.evaluation):
        verify(each)


def test_the_dump_does_not_depend_on_hashing() -> None:
    code = "import sys; sys.path.insert(0, 'tests'); from checking import graphs, program; print(graphs(program('dino_tiny')))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    }
    assert found == {graphs(program("dino_tiny")) + "\n"}


def test_ids_do_not_show_in_the_dump() -> None:
    made = graph()
    shift = {id: id + 100 for id in made.values}
    moved = replace(
        made,
        values={
            shift[id]: replace(
                value,
                id=shift[id],
                operands=tuple((name, tuple(shift[i] for i in ids)) for name, ids in value.operands),
            )
            for id, value in made.values.items()
        },
        terms=tuple(replace(term, value=shift[term.value]) for term in made.terms),
    )
    assert dump(moved) == dump(made)


def test_redirecting_removes_what_nothing_reads() -> None:
    made = graph()
    drop = first(made, "drop")
    left = made.redirect({drop: made.values[drop].operand("x")})
    assert drop not in left.values and first(left, "prefix") in left.values
    verify(replace(left, scopes=made.scopes))


BREAKS: dict[str, Callable[[Graph], Graph]] = {
    "under the id": lambda g: replace(g, values={**g.values, 999: g.values[0]}),
    "which is gone": lambda g: replace(
        g, values={id: v for id, v in g.values.items() if v.name != "patches"}
    ),
    "comes later": lambda g: replace(g, values=dict(sorted(g.values.items(), reverse=True))),
    "a module that does not exist": lambda g: g.edit(
        [replace(g.values[first(g, "blocks")], module="nobody.blocks")]
    ),
    "which does not exist": lambda g: g.edit([replace(g.values[first(g, "blocks")], scope=77)]),
    "has variant": lambda g: g.edit([replace(g.values[first(g, "layernorm")], variant="visible")]),
    "error type": lambda g: g.edit([replace(g.values[first(g, "blocks")], type=Bad())]),
    "lost its parent": lambda g: g.edit(scopes=[replace(g.scopes[0], parent=77)]),
    "lost its value": lambda g: replace(g, terms=(replace(g.terms[0], value=999),)),
}


@pytest.mark.parametrize("says", BREAKS)
def test_the_verifier_finds(says: str) -> None:
    with pytest.raises(Broken, match=says):
        verify(BREAKS[says](graph()))


def test_the_verifier_finds_a_pass_that_touches_modules_or_losses() -> None:
    made = graph()
    fewer = {name: module for name, module in made.modules.items() if name != "encoder.prefix"}
    with pytest.raises(Broken):
        verify(replace(made, modules=fewer), made)
    with pytest.raises(Broken, match="touched the modules"):
        verify(replace(made, modules={**made.modules, "extra": next(iter(made.modules.values()))}), made)
    with pytest.raises(Broken, match="which losses"):
        verify(replace(made, terms=(*made.terms, replace(made.terms[0], name="twice"))), made)
