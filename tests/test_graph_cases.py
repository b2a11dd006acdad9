"""The corpora of graphs and of generated packages: a pass or a template that changes shows as a difference of text."""

from pathlib import Path

import pytest
from checking import case_spec, cases, golden, graphs

WRITTEN = ("model.py", "objective.py", "data.py", "recipe.json")


@pytest.mark.parametrize("case", cases("graph"), ids=lambda case: case.name)
@pytest.mark.parametrize("level", [0, 1])
def test_the_graph_of_a_case(case: Path, level: int) -> None:
    made = case_spec(case).compile(level, "optimise").program
    assert made is not None
    golden(case / f"graph_O{level}.txt", graphs(made))


@pytest.mark.parametrize("case", cases("emit"), ids=lambda case: case.name)
def test_the_package_of_a_case(case: Path) -> None:
    package = case_spec(case).compile_package(1).package
    assert package is not None
    for name in WRITTEN:
        golden(case / f"{name}.txt", package.files[name])
