"""`vfmc fmt`: in place, to a stream, to the other spelling, and not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, Command

MESSY = """vfmc: 1
name: messy
inputs:   {image: {use: image}}   # the picture
"""


def test_a_file_is_rewritten_once(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(MESSY)
    assert vfmc("fmt", "spec.yaml").code == 0
    once = (here / "spec.yaml").read_text()
    assert once != MESSY and "# the picture" in once
    found = vfmc("fmt", "spec.yaml")
    assert (found.code, found.err, (here / "spec.yaml").read_text()) == (0, "", once)


def test_check_and_diff_write_nothing(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(MESSY)
    checked = vfmc("fmt", "--check", "spec.yaml")
    assert checked.code == 1 and "spec.yaml" in checked.out
    shown = vfmc("fmt", "--diff", "spec.yaml")
    assert shown.code == 1 and "-inputs:   {image: {use: image}}" in shown.out
    assert (here / "spec.yaml").read_text() == MESSY
    vfmc("fmt", "spec.yaml")
    assert vfmc("fmt", "--check", "spec.yaml").code == 0


def test_the_standard_input_goes_to_the_standard_output(vfmc: Command) -> None:
    found = vfmc("fmt", "-", stdin=MESSY)
    assert found.code == 0 and found.out.startswith("vfmc: 1\n")


def test_a_spec_with_syntax_errors_is_left_alone(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text("vfmc: [1\n")
    assert vfmc("fmt", "spec.yaml").code == 1
    assert (here / "spec.yaml").read_text() == "vfmc: [1\n"


def test_the_zoo_is_not_rewritten_by_name(vfmc: Command) -> None:
    assert vfmc("fmt", "clip_tiny").code in (0, 2)
    assert vfmc("fmt", "--check", ROOT / "specs").code == 0


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "specs").glob("*.yaml")))
def test_the_way_to_the_dsl_and_back_loses_nothing(vfmc: Command, here: Path, name: str) -> None:
    assert vfmc("fmt", name, "--to", "vfm", "-o", f"{name}.vfm").code == 0
    assert vfmc("lint", f"{name}.vfm").code == 0
    back = vfmc("fmt", f"{name}.vfm", "--to", "yaml")
    assert back.out == (ROOT / "specs" / f"{name}.yaml").read_text()


def test_several_specs_go_into_a_folder(vfmc: Command, here: Path) -> None:
    assert vfmc("fmt", "clip_tiny", "mae_tiny", "--to", "vfm").code == 2
    (here / "out").mkdir()
    assert vfmc("fmt", "clip_tiny", "mae_tiny", "--to", "vfm", "-o", "out").code == 0
    assert sorted(path.name for path in (here / "out").iterdir()) == ["clip_tiny.vfm", "mae_tiny.vfm"]
