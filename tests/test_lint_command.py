"""`vfmc lint` as teams run it: fixes, baselines, exit codes, formats, files that changed."""

import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from conftest import Command

BAD = """\
# a comment that stays
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: {scale: {use: "learned", init: 14.2857, max: null}}  # and this one
train:
  no_decay: [bias]
"""


@pytest.fixture
def bad(here: Path) -> Path:
    (here / "bad.yaml").write_text(BAD)
    return here / "bad.yaml"


def test_a_fix_is_made_only_when_asked_for_and_keeps_comments_quotes_and_order(
    vfmc: Command, bad: Path
) -> None:
    assert vfmc("lint", "bad.yaml").code == 1
    assert vfmc("lint", "bad.yaml", "--fix").code == 1
    assert bad.read_text() == BAD, "an unsafe fix needs --unsafe-fixes"
    shown = vfmc("lint", "bad.yaml", "--diff", "--unsafe-fixes")
    assert (
        shown.code == 1
        and '+  clip: {scale: {use: "learned", init: 14.2857, max: 100.0}}  # and this one' in shown.out
    )
    assert bad.read_text() == BAD
    done = vfmc("lint", "bad.yaml", "--fix", "--unsafe-fixes")
    assert "mended 1 finding in bad.yaml" in done.err and "OPT511" in done.out
    assert bad.read_text() == BAD.replace("max: null", "max: 100.0")


def test_a_baseline_hides_what_was_there_and_tells_what_is_new(vfmc: Command, bad: Path, here: Path) -> None:
    assert "2 findings are put off" in vfmc("lint", "bad.yaml", "--write-baseline", "known.json").err
    assert vfmc("lint", "bad.yaml", "--baseline", "known.json").code == 0
    bad.write_text("\n\n" + BAD + "  schedule: {use: cosine, warmup: 60 epochs}\n")
    found = vfmc("lint", "bad.yaml", "--baseline", "known.json", "--format", "concise")
    assert [line.split("[")[1][:6] for line in found.out.splitlines()] == ["OPT510"], (
        "lines that moved are still known"
    )
    bad.write_text(BAD.replace("max: null", "max: 9.0"))
    found = vfmc("lint", "bad.yaml", "--baseline", "known.json")
    assert found.code == 0 and "1 entry of known.json can go" in found.err
    (here / "vfmc.toml").write_text('baseline = "known.json"')
    assert vfmc("lint", "bad.yaml").code == 0
    (here / "known.json").write_text("[]")
    assert vfmc("lint", "bad.yaml").code == 2


def test_errors_that_cannot_be_built_are_never_put_off(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text("vfmc: 1\nname: a\nextends: clip_tiny\ntrain: {bach: 3}\n")
    vfmc("lint", "a.yaml", "--write-baseline", "known.json")
    assert vfmc("lint", "a.yaml", "--baseline", "known.json").code == 1
    assert vfmc("lint", "a.yaml", "--fail-on", "never").code == 1


def test_fail_on_decides_the_exit_code_and_not_what_is_shown(vfmc: Command, bad: Path) -> None:
    found = vfmc("lint", "bad.yaml", "--fail-on", "error")
    assert found.code == 0 and "OPT511" in found.out
    assert vfmc("lint", "bad.yaml", "--fail-on", "warning").code == 1


def test_statistics_and_timings(vfmc: Command, bad: Path) -> None:
    found = vfmc("lint", "bad.yaml", "--statistics", "--timings")
    assert "1  NUM701  scale-without-bound  (fixable)" in found.out and "2  in all, 1 spec" in found.out
    assert "ms  check" in found.err and "ms  NUM701" in found.err


def test_people_are_told_where_a_rule_is_explained_once(vfmc: Command, bad: Path, here: Path) -> None:
    assert vfmc("lint", "bad.yaml").out.endswith("\n`vfmc rule CODE` explains each.\n")
    one = vfmc("lint", "bad.yaml", "--select", "NUM701").out
    assert one.endswith("\n`vfmc rule NUM701` explains it.\n") and one.count("vfmc rule") == 1
    assert vfmc("rule", "NUM701").code == 0
    for format in ("concise", "github", "json"):
        assert "vfmc rule" not in vfmc("lint", "bad.yaml", "--format", format).out


def test_formats_for_machines_hold_the_same_findings(vfmc: Command, bad: Path) -> None:
    whole = json.loads(vfmc("lint", "bad.yaml", "--format", "json").out)
    assert whole["schema_version"] == 1
    places = [(each["code"], each["line"], each["column"]) for each in whole["findings"]]
    assert places == [("NUM701", 6, 54), ("OPT511", 8, 13)]
    lines = [json.loads(line) for line in vfmc("lint", "bad.yaml", "--format", "jsonl").out.splitlines()]
    assert [(each["code"], each["line"], each["column"]) for each in lines] == places
    run = json.loads(vfmc("lint", "bad.yaml", "--format", "sarif").out)["runs"][0]
    regions = [each["locations"][0]["physicalLocation"]["region"] for each in run["results"]]
    assert [
        (each["ruleId"], r["startLine"], r["startColumn"])
        for each, r in zip(run["results"], regions, strict=True)
    ] == places
    replacement = run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"]["text"] == "100.0"
    issues = json.loads(vfmc("lint", "bad.yaml", "--format", "gitlab").out)
    assert [(each["location"]["positions"]["begin"]["line"], each["severity"]) for each in issues] == [
        (6, "minor"),
        (8, "minor"),
    ]
    assert len({each["fingerprint"] for each in issues}) == 2
    suites = xml.fromstring(vfmc("lint", "bad.yaml", "--format", "junit").out)
    assert suites.get("failures") == "2" and [case.get("line") for case in suites.iter("testcase")] == [
        "6",
        "8",
    ]
    told = vfmc("lint", "bad.yaml", "--format", "github").out.splitlines()
    assert told[0].startswith(
        "::warning file=bad.yaml,line=6,endLine=6,col=54,endColumn=58,title=NUM701 scale-without-bound::"
    )


def test_github_is_chosen_in_its_actions_and_a_file_gets_the_rest(
    vfmc: Command, bad: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert vfmc("lint", "bad.yaml").out.startswith("::warning ")
    found = vfmc("lint", "bad.yaml", "--format", "sarif", "-o", "found.sarif")
    assert found.out == "" and json.loads((here / "found.sarif").read_text())["version"] == "2.1.0"


def test_a_hostile_text_stays_text_in_every_format(vfmc: Command, here: Path) -> None:
    (here / "a.yaml").write_text('vfmc: 1\nname: a\nextends: clip_tiny\ntrain: {"b]]><&\\"%,:": 3}\n')
    assert "::error" in vfmc("lint", "a.yaml", "--format", "github").out
    assert "%25" in vfmc("lint", "a.yaml", "--format", "github").out
    xml.fromstring(vfmc("lint", "a.yaml", "--format", "junit").out)
    for format in ("json", "sarif", "gitlab"):
        json.loads(vfmc("lint", "a.yaml", "--format", format).out)


def test_settings_may_leave_folders_out(vfmc: Command, bad: Path, here: Path) -> None:
    (here / "old").mkdir()
    bad.rename(here / "old" / "bad.yaml")
    (here / "good.yaml").write_text("vfmc: 1\nname: a\nextends: clip_tiny\n")
    assert vfmc("lint").code == 1
    (here / "vfmc.toml").write_text('exclude = ["old"]')
    assert vfmc("lint").code == 0
    assert vfmc("lint", "old/bad.yaml").code == 1, "what is named is linted"
