"""`vfmc lint`: findings, formats, streams and overrides."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import ROOT, Command

KEYS = ["code", "name", "severity", "message", "file", "line", "column", "end_line", "end_column", "help"]


def text(name: str) -> str:
    return (ROOT / "specs" / f"{name}.yaml").read_text()


def test_a_clean_spec_exits_with_0(vfmc: Command) -> None:
    found = vfmc("lint", "clip_tiny")
    assert (found.code, found.out, found.err) == (0, "1 spec, no findings\n", "")


def test_a_finding_stands_at_its_token_with_a_suggestion(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(text("clip_tiny").replace("use: vit, width", "use: vitt, width"))
    found = vfmc("lint", "spec.yaml", "--no-color")
    assert found.code == 1
    line = next(n for n, row in enumerate(text("clip_tiny").splitlines(), 1) if "use: vit," in row)
    assert f"--> spec.yaml:{line}:" in found.out
    assert "^^^^" in found.out and "did you mean `vit`?" in found.out
    assert "Found 1 error (1 fixable with --fix --unsafe-fixes)." in found.out


def test_json_has_the_promised_keys(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(text("clip_tiny").replace("batch: 128", "bach: 128"))
    found = vfmc("lint", "spec.yaml", "--format", "json")
    assert found.code == 1
    (finding,) = json.loads(found.out)["findings"]
    assert list(finding)[: len(KEYS)] == KEYS
    assert finding["severity"] == "error" and finding["file"] == "spec.yaml"
    assert (finding["end_line"], finding["end_column"] - finding["column"]) == (finding["line"], len("bach"))
    assert "batch" in finding["help"]


def test_json_of_a_clean_spec_is_an_empty_list(vfmc: Command) -> None:
    found = vfmc("lint", "clip_tiny", "--format", "json")
    assert (found.code, json.loads(found.out)) == (0, {"schema_version": 1, "findings": []})


def test_concise_is_one_line_a_finding(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(text("clip_tiny").replace("batch: 128", "bach: 128"))
    found = vfmc("lint", "spec.yaml", "--format", "concise")
    assert found.out.startswith("spec.yaml:") and found.out.count("\n") == 1


def test_color_is_as_asked(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(text("clip_tiny").replace("batch: 128", "bach: 128"))
    assert "\x1b[" in vfmc("lint", "spec.yaml", "--color").out
    assert "\x1b[" not in vfmc("lint", "spec.yaml", "--no-color").out
    assert "\x1b[" not in vfmc("lint", "spec.yaml").out


def test_the_standard_input_has_the_name_it_is_given(vfmc: Command) -> None:
    broken = text("clip_tiny").replace("batch: 128", "bach: 128")
    found = vfmc("lint", "-", "--stdin-filename", "editor.yaml", "--format", "concise", stdin=broken)
    assert found.code == 1 and found.out.startswith("editor.yaml:")
    assert vfmc("lint", "-", stdin=text("clip_tiny")).code == 0


def test_bytes_that_are_no_text_are_a_finding(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_bytes(b"vfmc: 1\nname: \xff\xfe\n")
    found = vfmc("lint", "spec.yaml", "--format", "json")
    assert found.code == 1
    assert json.loads(found.out)["findings"][0]["line"] == 2
    assert vfmc("lint", "-", stdin=b"\xff\xfe").code == 1


def test_a_folder_stands_for_the_specs_below_it(vfmc: Command, here: Path) -> None:
    (here / "deep").mkdir()
    (here / "deep" / "a.yaml").write_text(text("clip_tiny"))
    (here / "deep" / "mkdocs.yaml").write_text("site_name: not a spec\n")
    (here / "b.vfm").write_text("vfmc 1\nname b\n")
    found = vfmc("lint", ".", "--format", "json")
    assert {finding["file"] for finding in json.loads(found.out)["findings"]} == {"b.vfm"}


def test_an_override_changes_what_is_checked(vfmc: Command) -> None:
    assert vfmc("lint", "clip_tiny", "-s", "train.batch=64").code == 0
    found = vfmc("lint", "clip_tiny", "-s", "train.batch=many", "--no-color")
    assert found.code == 2
    assert "<-s>:1:14" in found.out


def test_an_unknown_address_shows_at_the_address(vfmc: Command) -> None:
    found = vfmc("lint", "clip_tiny", "-s", "vison.vit.depth=6", "--format", "json")
    assert found.code == 2
    (finding,) = json.loads(found.out)["findings"]
    assert (finding["column"], finding["end_column"]) == (1, 1 + len("vison"))
    assert finding["help"] == "did you mean `vision`?"


def test_a_file_near_by_is_suggested(vfmc: Command, here: Path) -> None:
    (here / "model.yaml").write_text(text("clip_tiny"))
    assert "did you mean `model.yaml`?" in vfmc("lint", "modle.yaml").err
    assert "did you mean `clip_tiny`?" in vfmc("lint", "clip_tny").err
