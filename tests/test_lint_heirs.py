"""A finding whose place is in a base is shown in the spec that extends it, where a pull request can show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ROOT

from vfmc.api import Spec
from vfmc.lint import baseline
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Source
from vfmc.source.render import render

HEIR = """\
vfmc: 1
name: heir
extends: clip_tiny
towers:
  vision:
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - mean
      - {use: linear, out: 32}
"""


@pytest.fixture(scope="module")
def found() -> list[Diagnostic]:
    made = lint(Spec(Source("heir.yaml", HEIR), None), Settings())
    assert any(each.code == "OBJ301" and each.span.source.name != "heir.yaml" for each in made), "in the base"
    return made


def test_people_see_both_places(found: list[Diagnostic]) -> None:
    text = render(found, "full", False)
    assert "clip_tiny.yaml:" in text and "::: heir.yaml:" in text


def test_github_annotates_the_heir(found: list[Diagnostic]) -> None:
    for line in render(found, "github").split("\n"):
        assert " file=heir.yaml,line=" in line
        assert "clip_tiny.yaml:" in line.split("::", 2)[2], "and the message names the place in the base"


def test_sarif_has_the_base_as_a_related_location(found: list[Diagnostic]) -> None:
    results = json.loads(render(found, "sarif"))["runs"][0]["results"]
    assert len(results) == len(found)
    for result in results:
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "heir.yaml"
        related = [each["physicalLocation"]["artifactLocation"]["uri"] for each in result["relatedLocations"]]
        assert any(uri.endswith("clip_tiny.yaml") for uri in related)
        assert "heir.yaml" not in related


def test_gitlab_and_junit_name_the_heir(found: list[Diagnostic]) -> None:
    for issue in json.loads(render(found, "gitlab")):
        assert issue["location"]["path"] == "heir.yaml" and "clip_tiny.yaml:" in issue["description"]
    assert 'file="heir.yaml"' in render(found, "junit") and "clip_tiny.yaml:" in render(found, "junit")


def home(text: str) -> list[tuple[str, str]]:
    found = lint(Spec(Source("heir.yaml", text), None), Settings())
    assert found and all(each.home is not None and each.home.source.name == "heir.yaml" for each in found)
    return [(each.code, each.home.text) for each in found if each.home is not None]


def test_the_place_is_what_the_heir_changes_else_its_extends() -> None:
    assert home(HEIR) == [("OBJ301", "vision")]
    head = "vfmc: 1\nname: heir\nextends: flip_tiny\n"
    assert ("REF103", "flip_tiny") in home(head + "without: [masks.half]\n")


def test_programs_and_single_lines_have_the_heir_as_well(found: list[Diagnostic]) -> None:
    told = {each["code"]: each for each in json.loads(render(found, "json", False))["findings"]}["OBJ301"]
    assert told["file"].endswith("clip_tiny.yaml") and told["heir"]["file"] == "heir.yaml"
    line = HEIR.splitlines()[told["heir"]["line"] - 1]
    assert line[told["heir"]["column"] - 1 : told["heir"]["end_column"] - 1] == "vision"
    (row,) = [row for row in render(found, "concise", False).splitlines() if "OBJ301" in row]
    assert row.split(":")[0].endswith("clip_tiny.yaml") and row.endswith("(by heir.yaml:5:3)")
    own = lint(Spec(Source("a.yaml", "vfmc: 1\nname: a\nextends: clip_tiny\nexprot: {}\n"), None), Settings())
    assert "heir" not in json.loads(render(own, "json", False))["findings"][0]
    assert "(by" not in render(own, "concise", False)


def test_a_baseline_calls_a_base_alike_wherever_it_is_installed(tmp_path: Path) -> None:
    """The zoo by its own name, other bases by their way from the baseline."""
    (tmp_path / "specs").mkdir()
    base = HEIR.replace("name: heir", "name: base")
    (tmp_path / "specs" / "base.yaml").write_text(base)
    (tmp_path / "specs" / "a.yaml").write_text("vfmc: 1\nname: a\nextends: base.yaml\n")
    (tmp_path / "specs" / "b.yaml").write_text(HEIR)
    for name in ("a", "b"):
        file = tmp_path / "specs" / f"{name}.yaml"
        made = lint(Spec(Source(str(file), file.read_text()), file.parent), Settings())
        (entry,) = [each for each in made if each.code == "OBJ301"]
        assert baseline.key(entry, tmp_path / "specs")[0] == "vfmc:clip_tiny.yaml"
    assert (
        baseline.known_as(str(tmp_path / "specs" / "base.yaml"), tmp_path / "ci", based=True)
        == "../specs/base.yaml"
    )
    assert baseline.known_as("<stdin>", tmp_path, based=False) == "<stdin>"
    baseline.write(tmp_path / "known.json", made)
    assert str(ROOT) not in (tmp_path / "known.json").read_text()
    assert not baseline.unknown(made, baseline.read(tmp_path / "known.json"), tmp_path)[0]
