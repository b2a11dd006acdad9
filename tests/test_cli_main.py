"""The command as a whole: help, exit codes, and that nothing a user does ends in a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Command

from vfmc.cli import main

REPORT = "please report it"


@pytest.mark.parametrize("verb", main.VERBS)
def test_every_verb_explains_itself(vfmc: Command, verb: str) -> None:
    found = vfmc(verb, "--help")
    assert found.code == 0
    assert found.out.startswith(f"Usage: vfmc {verb}")


def test_help_lists_every_verb_with_what_it_does(vfmc: Command) -> None:
    found = vfmc("--help")
    assert found.code == 0
    for verb, text in main.VERBS.items():
        assert f"  {verb} " in found.out
        assert text.split()[0] in found.out


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "vfmc", "--version"], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("vfmc 0.")


def test_an_unknown_verb_gets_the_nearest(vfmc: Command) -> None:
    found = vfmc("lnt")
    assert found.code == 2
    assert "did you mean `lint`?" in found.err


def test_an_unknown_option_is_wrong_usage(vfmc: Command) -> None:
    assert vfmc("lint", "--fromat", "json", "clip_tiny").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint",),
        ("lint", "no_such_spec"),
        ("lint", "."),
        ("lint", "clip_tiny", "-s", "train.batch"),
        ("lint", "clip_tiny", "-s", "=3"),
        ("lint", "clip_tiny", "-s", "train.batch=[1"),
        ("lint", "clip_tiny", "-s", "train.batch=1\nname: x"),
        ("lint", "clip_tiny", "-s", "trian.batch=3"),
        ("build", "no_such_spec"),
        ("build", "clip_tiny", "-O7"),
        ("fmt", "clip_tiny", "-o", "taken/x.yaml"),
        ("inspect", "."),
        ("components", "show", "blcks"),
        ("components", "list", "stag"),
        ("specs", "show", "clip_tny"),
        ("specs", "copy", "clip_tiny", "taken"),
        ("new", "my-model"),
        ("new", "taken"),
        ("train", "clip_tiny", "--columns", "a=b"),
        ("train", "clip_tiny", "--steps", "0"),
        ("train", "clip_tiny", "--resume", "perhaps"),
        ("train", "clip_tiny", "--data", "no/such.csv", "--out", "run"),
        ("train", "clip_tiny", "--dry-run", "--device", "quantum"),
        ("eval", "no_such_run"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_a_sentence(
    vfmc: Command, here: Path, arguments: tuple[str, ...]
) -> None:
    (here / "taken").write_text("")
    found = vfmc(*arguments)
    assert found.code == 2, found
    assert (found.out + found.err).strip()
    assert "Traceback" not in found.err and REPORT not in found.err


def test_a_fault_of_ours_is_one_sentence(vfmc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("vfmc.api.find_source", broken)
    found = vfmc("lint", "clip_tiny")
    assert found.code == 3
    assert REPORT in found.err and "ZeroDivisionError" in found.err
    assert "Traceback" not in found.err and found.err.count("\n") == 1


def test_a_fault_shows_its_traceback_when_asked(vfmc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("vfmc.api.find_source", broken)
    monkeypatch.setenv("VFMC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        vfmc("lint", "clip_tiny")


def test_a_reader_that_has_gone_is_no_error() -> None:
    command = f"{sys.executable} -m vfmc components list | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == ""
