"""A finding whose place is in a base is shown in the spec that extends it, where a pull request can show it."""

from __future__ import annotations

import json

import pytest

from vfmc.api import Spec
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
