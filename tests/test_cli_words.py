"""`components`, `specs`, `new` and `doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ROOT, Command

from vfmc.cli.components import KINDS, names

ZOO = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))


def test_every_component_is_listed_and_explained(vfmc: Command) -> None:
    listed = json.loads(vfmc("components", "list", "--json").out)
    assert {(each["kind"], each["name"]) for each in listed} == {
        (kind, name) for kind in KINDS for name in names(kind)
    }
    assert all(each["doc"] for each in listed)


def test_one_kind_alone(vfmc: Command) -> None:
    listed = json.loads(vfmc("components", "list", "loss", "--json").out)
    assert {each["kind"] for each in listed} == {"loss"}
    assert vfmc("components", "list", "losses").code == 0


def test_show_tells_arguments_defaults_and_an_example(vfmc: Command) -> None:
    found = vfmc("components", "show", "blocks")
    assert "depth" in found.out and "an integer; required" in found.out
    assert "truncated_normal | xavier | clip_text | torch; default truncated_normal" in found.out
    assert "example  blocks(depth: 12, heads: 12)" in found.out


@pytest.mark.parametrize("kind", KINDS)
def test_every_component_has_a_page(vfmc: Command, kind: str) -> None:
    for name in names(kind):
        found = vfmc("components", "show", name, "--kind", kind, "--json")
        (page,) = json.loads(found.out)
        assert page["example"] and all(each["takes"] != "a value" for each in page["arguments"]), name


def test_the_nearest_name_is_suggested(vfmc: Command) -> None:
    assert "did you mean `contrastive`?" in vfmc("components", "show", "contrastiv").err
    assert "did you mean `stage`?" in vfmc("components", "list", "stag").err
    assert "did you mean `mae_tiny`?" in vfmc("specs", "show", "mae_tny").err


def test_the_zoo_is_listed_with_what_it_is(vfmc: Command) -> None:
    listed = json.loads(vfmc("specs", "list", "--json").out)
    assert [each["name"] for each in listed] == ZOO
    assert all(each["doc"] for each in listed)
    assert vfmc("specs", "list").out.count("\n") == len(ZOO)


def test_a_copy_is_the_text_and_is_not_written_over(vfmc: Command, here: Path) -> None:
    assert vfmc("specs", "copy", "clip_tiny", "mine.yaml").code == 0
    assert (here / "mine.yaml").read_text() == vfmc("specs", "show", "clip_tiny").out
    assert vfmc("specs", "copy", "clip_tiny", "mine.yaml").code == 2


@pytest.mark.parametrize("like", ["clip_tiny", "dino_tiny"])
def test_a_new_spec_is_clean_and_has_its_own_name(vfmc: Command, here: Path, like: str) -> None:
    assert vfmc("new", "my_model", "--like", like).code == 0
    assert (here / "my_model" / "README.md").is_file()
    assert vfmc("lint", "my_model/my_model.yaml").code == 0
    assert json.loads(vfmc("inspect", "my_model/my_model.yaml", "--json").out)["name"] == "my_model"
    assert vfmc("new", "my_model").code == 2


def test_a_name_that_is_none_gets_one_that_is(vfmc: Command, here: Path) -> None:
    assert "such as `my_model`" in vfmc("new", "my-model").err
    assert not list(here.iterdir())


def test_doctor_tells_what_it_found(vfmc: Command) -> None:
    found = vfmc("doctor", "--json")
    lines = json.loads(found.out)
    assert found.code == 0
    assert any(line["what"].startswith("Python 3.") for line in lines)
    assert any("torch" in line["what"] for line in lines)
    assert {line["state"] for line in lines} <= {"ok", "note"}
