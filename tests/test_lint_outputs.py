"""What `vfmc lint` writes for other programs: statistics as data, reports of clean specs, names that a repository has, hints that can be followed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from conftest import Command

GOOD = "vfmc: 1\nname: good\nextends: clip_tiny\n"
TOLD = "vfmc: 1\nname: told\nextends: clip_tiny\nlet: {unused: 1}\n"
BAD = "vfmc: 1\nname: bad\nextends: clip_tiny\ntrain: {bathc: 8}\n"


@pytest.fixture
def folder(here: Path) -> Path:
    for name, text in (("good", GOOD), ("told", TOLD), ("bad", BAD)):
        (here / f"{name}.yaml").write_text(text)
    return here


def test_statistics_are_text_or_data(vfmc: Command, folder: Path) -> None:
    found = vfmc("lint", ".", "--statistics", "--format", "json")
    assert found.code == 1
    assert json.loads(found.out) == {
        "schema_version": 1,
        "specs": 3,
        "findings": 2,
        "rules": [
            {"code": "REF100", "name": "unknown-key", "fixable": True, "count": 1},
            {"code": "STY013", "name": "unused-constant", "fixable": False, "count": 1},
        ],
    }
    assert json.loads(vfmc("lint", "good.yaml", "--statistics", "--format", "json").out)["rules"] == []
    vfmc("lint", ".", "--statistics", "--format", "json", "-o", "out.json")
    assert json.loads((folder / "out.json").read_text())["specs"] == 3
    wrong = vfmc("lint", ".", "--statistics", "--format", "sarif")
    assert wrong.code == 2 and "no statistics in the format sarif" in wrong.err


def test_a_clean_spec_is_a_case_that_passed(vfmc: Command, folder: Path) -> None:
    """A report without any case is an error where Jenkins reads it."""
    found = vfmc("lint", "good.yaml", "clip_tiny", "--format", "junit")
    suites = xml.fromstring(found.out)
    assert found.code == 0 and (suites.get("tests"), suites.get("failures")) == ("2", "0")
    assert [case.get("file") for case in suites.iter("testcase")] == ["good.yaml", "clip_tiny"]
    vfmc("lint", ".", "--format", "junit", "-o", "report.xml")
    suites = xml.parse(folder / "report.xml").getroot()
    cases = {case.get("file"): case for case in suites.iter("testcase")}
    assert (suites.get("tests"), suites.get("failures")) == ("3", "2") and set(cases) == {
        "bad.yaml",
        "good.yaml",
        "told.yaml",
    }
    assert {name for name, case in cases.items() if case.find("failure") is None} == {"good.yaml"}
    assert sum(int(suite.get("tests", "0")) for suite in suites) == 3


def test_reviews_name_files_from_where_the_command_runs(vfmc: Command, folder: Path) -> None:
    told, around = str(folder / "told.yaml"), f"../{folder.name}/told.yaml"
    for given in (told, around, "./told.yaml"):
        (issue,) = json.loads(vfmc("lint", given, "--format", "gitlab").out)
        assert issue["location"]["path"] == "told.yaml", given
        assert " file=told.yaml," in vfmc("lint", given, "--format", "github").out.replace("::warning", " ")
        (result,) = json.loads(vfmc("lint", given, "--format", "sarif").out)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "told.yaml"
    assert len(json.loads(vfmc("lint", told, around, "told.yaml", "--format", "gitlab").out)) == 1
    assert vfmc("lint", told, "--format", "concise").out.startswith(f"{told}:4:"), (
        "people see what they wrote"
    )


def test_the_hint_of_a_fix_is_the_command_that_makes_it(vfmc: Command, folder: Path) -> None:
    shown = vfmc("lint", "bad.yaml").out
    assert "(1 fixable with --fix --unsafe-fixes)" in shown
    assert vfmc("lint", "bad.yaml", "--fix", "--unsafe-fixes").code == 0
    (folder / "odd.yaml").write_text("vfmc: 1\nname:   odd\nextends: clip_tiny\n")
    assert (
        "(1 fixable with --fix)" in vfmc("lint", "odd.yaml", "--select", "STY010", "--profile", "strict").out
    )


def test_a_table_of_pyproject_in_vfmc_toml_is_explained(vfmc: Command, folder: Path) -> None:
    (folder / "vfmc.toml").write_text('[tool.vfmc]\nselect = ["OPT"]\n')
    found = vfmc("lint", "good.yaml")
    assert found.code == 2 and "[tool.vfmc] is for pyproject.toml" in found.err


def test_the_usage_says_that_no_spec_need_be_named(vfmc: Command) -> None:
    shown = vfmc("lint", "--help").out
    assert "Usage: vfmc lint [OPTIONS] [SPEC]..." in shown
