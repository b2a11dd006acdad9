"""The corpus of passes: for each a spec on which it acts and one on which it refuses, with the ledger and the graph that is left."""

from pathlib import Path

import pytest
from checking import case_spec, cases, golden

from vfmc.graph.dump import dump
from vfmc.passes.manager import PASSES


@pytest.mark.parametrize("case", cases("passes"), ids=lambda case: case.name)
def test_the_ledger_and_the_graph_of_a_case(case: Path) -> None:
    work = case_spec(case).compile(1, "optimise")
    assert work.program is not None and work.ledger is not None
    golden(case / "ledger.txt", work.ledger.text())
    golden(case / "graph.txt", dump(work.program.phases[0].graph))
    name, _, decision = case.name.rpartition("_")
    own = [entry for entry in work.ledger.entries if entry.name == name and entry.graph != "evaluation"]
    assert own and all(entry.taken == (decision == "taken") for entry in own)


def test_every_pass_has_a_case_of_each_kind() -> None:
    names = {case.name for case in cases("passes")}
    wanted = {f"{name}_{decision}" for name in PASSES for decision in ("taken", "refused")}
    assert wanted - names <= {"batch_views_refused"}  # no stage of ours mixes samples: see test_passes.py
