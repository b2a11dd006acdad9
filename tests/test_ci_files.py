"""The files that teams put into CI, run as far as a machine without network can: hooks, the action's steps, GitLab's script."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Command

GOOD = "vfmc: 1\nname: example\nextends: clip_tiny\n"
BAD = GOOD + "train: {bach: 3}\n"


@pytest.fixture
def shell(here: Path) -> Any:
    """Runs a script of bash in an empty folder in which `vfmc` is this very vfmc, and `pip` does nothing."""
    tools = here.parent / "tools"
    tools.mkdir(exist_ok=True)
    scripts = {
        "vfmc": f'exec "{sys.executable}" -m vfmc "$@"',
        "pip": "exit 0",
        "python": f'[ "$2" = pip ] && exit 0\nexec "{sys.executable}" "$@"',
    }
    for name, text in scripts.items():
        (tools / name).write_text(f"#!/bin/bash\n{text}\n")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(
            command, cwd=here, env={**environment, **variables}, capture_output=True, text=True
        )

    return run


@pytest.fixture
def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_the_lint_hook_finds_mistakes_in_specs_and_leaves_other_files_alone(
    vfmc: Command, here: Path, hooks: Any
) -> None:
    hook = hooks["vfmc-lint"]
    (here / "a.yaml").write_text(BAD)
    (here / "compose.yaml").write_text("services: {a: {image: b}}\n")
    _, *arguments = hook["entry"].split()
    found = vfmc(*arguments, *hook["args"], "a.yaml", "compose.yaml", "--format", "json")
    assert found.code == 1 and {each["file"] for each in json.loads(found.out)["findings"]} == {"a.yaml"}
    assert vfmc(*arguments, *hook["args"], "compose.yaml").code == 0
    (here / "a.yaml").write_text(GOOD)
    assert vfmc(*arguments, *hook["args"], "a.yaml", "compose.yaml").code == 0


def test_the_fmt_hook_formats_specs_alone(vfmc: Command, here: Path, hooks: Any) -> None:
    other = "services:   {a: 1}\n"
    (here / "a.yaml").write_text(GOOD.replace("name: ", "name:   "))
    (here / "compose.yaml").write_text(other)
    _, *arguments = hooks["vfmc-fmt"]["entry"].split()
    assert vfmc(*arguments, *hooks["vfmc-fmt"]["args"], "a.yaml", "compose.yaml").code == 0
    assert (here / "a.yaml").read_text() == GOOD and (here / "compose.yaml").read_text() == other


def test_the_build_hook_tells_when_a_package_is_stale(vfmc: Command, here: Path, hooks: Any) -> None:
    (here / "a.yaml").write_text(GOOD)
    assert vfmc("build", "a.yaml", "-o", "out").code == 0
    _, *arguments = hooks["vfmc-build-check"]["entry"].split()
    assert vfmc(*arguments, "a.yaml", "-o", "out").code == 0
    (here / "a.yaml").write_text(GOOD + "train: {batch: 64}\n")
    assert vfmc(*arguments, "a.yaml", "-o", "out").code == 1


def steps() -> dict[str, dict[str, Any]]:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    return {step["name"]: step for step in action["runs"]["steps"] if "run" in step}


def variables(step: dict[str, Any]) -> dict[str, str]:
    """The variables of a step with the defaults of the action's inputs."""
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    return {
        name: inputs[text.split("inputs.")[1].rstrip(" }")]["default"]
        for name, text in step.get("env", {}).items()
    }


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)], ids=["good", "bad"])
def test_the_steps_of_the_action_annotate_and_write_sarif(
    shell: Any, here: Path, text: str, code: int
) -> None:
    (here / "a.yaml").write_text(text)
    found = steps()
    assert shell(found["Install"]["run"], **variables(found["Install"])).returncode == 0
    assert shell(found["Write SARIF"]["run"], **variables(found["Write SARIF"])).returncode == 0
    results = json.loads((here / "vfmc.sarif").read_text())["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == ["REF100"] * code
    linted = shell(found["Lint"]["run"], **variables(found["Lint"]))
    assert linted.returncode == code and linted.stdout.startswith("::error file=a.yaml,line=4") == bool(code)


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)], ids=["good", "bad"])
def test_the_script_for_gitlab_writes_both_reports(shell: Any, here: Path, text: str, code: int) -> None:
    (here / "a.yaml").write_text(text)
    job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())["vfmc-lint"]
    done = shell("\n".join(job["script"]), **job["variables"])
    assert done.returncode == code, done.stderr
    reports = job["artifacts"]["reports"]
    assert len(json.loads((here / reports["codequality"]).read_text())) == code
    assert xml.parse(here / reports["junit"]).getroot().get("failures") == str(code)


@pytest.mark.parametrize("place", ["action", "gitlab"])
def test_a_wrong_option_ends_the_job_where_it_is_used(shell: Any, here: Path, place: str) -> None:
    """Findings do not end it before they are reported; a command that cannot be meant would report nothing."""
    (here / "a.yaml").write_text(GOOD)
    if place == "action":
        step = steps()["Write SARIF"]
        done = shell(step["run"], **{**variables(step), "ARGS": "--select OTP"})
    else:
        job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())["vfmc-lint"]
        done = shell("\n".join(job["script"]), **{**job["variables"], "VFMC_PROFILE": "cii"})
    assert done.returncode != 0 and ("OTP" in done.stderr or "cii" in done.stderr)
    assert not (here / "vfmc.xml").exists() and not (here / "vfmc.sarif").exists()
