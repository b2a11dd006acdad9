"""The corpus of mistakes: a spec each, and what is said of it, as people see it. VFMC_UPDATE=1 accepts what is said now."""

from pathlib import Path

import pytest
from checking import case_spec, cases, golden

from vfmc.check.problems import NAMES
from vfmc.cli.facts import types
from vfmc.source.render import render


@pytest.mark.parametrize("case", cases("check"), ids=lambda case: case.name)
def test_a_mistake_is_told_as_its_case_says(case: Path) -> None:
    found = case_spec(case).check()
    golden(case / "findings.txt", render(found, "full", False) + "\n")
    assert found


@pytest.mark.parametrize("case", cases("types"), ids=lambda case: case.name)
def test_the_type_after_each_arrow(case: Path) -> None:
    golden(case / "types.txt", types(case_spec(case).program))


def test_every_code_has_a_name_of_its_own() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    for code, name in NAMES.items():
        assert (
            code[:3] in ("REF", "SHP", "OBJ", "MSK", "DAT", "OPT") and code[3:].isdigit() and len(code) == 6
        )
        assert name == name.lower() and " " not in name and "_" not in name
