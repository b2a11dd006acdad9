"""Rules about components of somebody else, through the real command, with a plug-in that is made for each test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WARMED = '''
"""A norm that was renamed."""

from vfmc.components import Stage, arg
from vfmc.types import Type


class {Class}(Stage):
    """Does nothing."""

    {deprecated}
    rate: float = arg(0.0, help="what it was called", {argument})

    def signature(self, x: Type) -> Type:
        return x
'''
SPEC = """\
vfmc: 1
name: plugged
doc: A tower with a stage of somebody else's
extends: dino_tiny
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 2, heads: 4, patch: 4}, cls, {use: STAGE, rate: 0.5}]}
"""


def plugin(folder: Path, package: str, stage: str, deprecated: str = "", argument: str = "") -> None:
    """A package with one stage, installed in a folder as pip would have done it."""
    home = folder / package / "stages"
    home.mkdir(parents=True)
    (folder / package / "__init__.py").write_text("")
    said = WARMED.format(Class=stage.title(), deprecated=deprecated, argument=argument)
    (home / f"{stage}.py").write_text(said)
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vfmc.components]\nit = {package}\n")


def lint(folder: Path, text: str, *arguments: str) -> list[dict[str, object]]:
    (folder / "spec.yaml").write_text(text)
    command = [sys.executable, "-m", "vfmc", "lint", "spec.yaml", "--format", "json", *arguments]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return list(json.loads(done.stdout)["findings"])


@pytest.mark.parametrize("value", ["gone", "broken", "broken.inner", ".inner", "a b", "a:b", "../a", ""])
def test_a_plug_in_that_is_none_is_passed_over(tmp_path: Path, value: str) -> None:
    plugin(tmp_path, "broken", "warmed")
    (tmp_path / "broken" / "__init__.py").write_text("raise RuntimeError('broken')")
    (tmp_path / "broken" / "stages" / "warmd\n::error::x.py").write_text("")
    (tmp_path / "broken-1.0.dist-info" / "entry_points.txt").write_text(f"[vfmc.components]\nit = {value}\n")
    [found] = [each for each in lint(tmp_path, SPEC.replace("STAGE", "warmd")) if each["code"] == "REF101"]
    assert found["message"] == "there is no stage `warmd`" and "::" not in str(found.get("help"))


def test_what_a_plug_in_deprecates_is_told_where_it_is_used(tmp_path: Path) -> None:
    plugin(
        tmp_path,
        "vfmc_old",
        "warmed",
        'deprecated = "use `layernorm`"',
        'deprecated="say `dropout` in the tower"',
    )
    found = {each["code"]: each for each in lint(tmp_path, SPEC.replace("STAGE", "warmed"))}
    assert found["DEP001"]["message"] == "`warmed` is deprecated"
    assert found["DEP001"]["help"] == "use `layernorm`"
    assert found["DEP002"]["message"] == "`rate` of `warmed` is deprecated"
    assert found["DEP002"]["help"] == "say `dropout` in the tower"


def test_an_argument_that_is_not_written_is_not_told(tmp_path: Path) -> None:
    plugin(tmp_path, "vfmc_old", "warmed", argument='deprecated="say nothing"')
    text = SPEC.replace("{use: STAGE, rate: 0.5}", "warmed")
    assert not {"DEP001", "DEP002"} & {each["code"] for each in lint(tmp_path, text)}


@pytest.mark.parametrize(("profile", "told"), [("ci", True), ("default", False)])
def test_a_component_of_a_plug_in_is_named_with_its_package(tmp_path: Path, profile: str, told: bool) -> None:
    plugin(tmp_path, "vfmc_own", "warmed")
    found = lint(tmp_path, SPEC.replace("STAGE", "warmed"), "--profile", profile)
    said = [each["message"] for each in found if each["code"] == "PLG001"]
    assert said == (["`warmed` is a component of `vfmc_own`"] if told else [])


def test_a_plug_in_that_is_passed_over(tmp_path: Path) -> None:
    plugin(tmp_path, "vfmc_one", "warmed")
    plugin(tmp_path, "vfmc_two", "warmed")
    plugin(tmp_path, "vfmc_vit", "vit")
    found = lint(tmp_path, SPEC.replace("STAGE", "warmed"), "--profile", "ci")
    assert {each["message"] for each in found if each["code"] == "PLG002"} == {
        "`warmed` means the one of `vfmc_one`, not the one of `vfmc_two`",
        "`vit` means the one of `vfmc`, not the one of `vfmc_vit`",
    }
