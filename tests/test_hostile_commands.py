"""Specs, settings and baselines of strangers, through the real `vfmc lint` and `vfmc build`: see hostile.py for the files.

Each gets an answer within two seconds of processor time and all of them within 300 MB; nothing of theirs is run or imported, nothing is
written outside of the folder, no connection is opened. A build of what may be built holds their texts as texts alone.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command
from hostile import MARK

LIMIT_S, LIMIT_MB = 2.0, 300
HARMLESS = (
    "doc",
    "shards",
    "a folder outside",
    "weights outside",
    "a table outside",
    "paths",
    "train/batch",
    "settings",
    "somebody's",
    "modules beside",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@cache
def told(verb: str, folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What one verb made of every case, in one process."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "hostile.py"), verb, str(folder / verb)], capture_output=True, text=True, cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "GITHUB_ACTIONS": ""}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    *lines, last = map(json.loads, done.stdout.splitlines())
    return lines, last


@pytest.mark.parametrize("verb", ["lint", "build"])
def test_every_case_gets_an_answer_at_once_and_does_nothing_else(verb: str, folder: Path) -> None:
    lines, whole = told(verb, folder)
    assert len(lines) > 200
    for each in lines:
        assert each["code"] in (0, 1, 2) and "Traceback" not in each["said"], each
        assert each["seconds"] < LIMIT_S, each["name"]
        assert each["seen"] == [] and each["mark"] == [], each
        assert each["size"] < 100_000 and each["threads"] == 1, each["name"]
        if each["code"]:
            assert each["said"].startswith(("error", "warning", "info")), each
    assert whole["peak"] < LIMIT_MB
    assert not {"torch", "numpy", "evil", "requests", "urllib3", "http.client"} & set(whole["modules"])


@pytest.mark.parametrize("verb", ["lint", "build"])
def test_a_lock_deletes_nothing_outside_of_its_folder(verb: str, folder: Path) -> None:
    [each] = [each for each in told(verb, folder)[0] if "a lock of other folders" in each["name"]]
    assert each["code"] == 0 and (Path(each["folder"]) / "victim").read_bytes() == b"x"


def test_what_cannot_be_meant_is_refused_by_both(folder: Path) -> None:
    (linted, _), (built, _) = told("lint", folder), told("build", folder)
    passed = [each["name"] for each in linted if not each["code"]]
    assert [name for name in passed if not any(word in name for word in HARMLESS)] == []
    errors = {each["name"] for each in linted if "error[" in each["said"]}
    assert len(errors) > 130 and errors <= {each["name"] for each in built if each["code"] == 1}


def test_what_is_built_holds_their_texts_as_texts_alone(folder: Path) -> None:
    lines, _ = told("build", folder)
    files = [path for each in lines if not each["code"] for path in Path(each["folder"]).rglob("out/**/*.py")]
    assert len(files) > 100
    found = 0
    for path in files:
        text = path.read_text(encoding="utf-8")
        found += MARK in text
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Name | ast.Attribute | ast.alias | ast.arg | ast.keyword):
                assert MARK not in ast.dump(node) or isinstance(node, ast.keyword | ast.Attribute), path
            if isinstance(node, ast.Call):
                assert "__import__" not in ast.unparse(node.func) and ast.unparse(node.func) not in (
                    "exec",
                    "eval",
                ), path
    assert found > 5


def test_a_folder_of_links_and_devices_is_walked(vfmc: Command, here: Path) -> None:
    (here / "good.yaml").write_text("vfmc: 1\nname: good\nextends: clip_tiny\n")
    (here / "zero.yaml").symlink_to("/dev/zero")
    (here / "zero.vfm").symlink_to("/dev/zero")
    (here / "long.yaml").write_bytes(b"x" * 3_000_000)
    (here / "again").symlink_to(here)
    (here / "binary.yaml").write_bytes(bytes(range(256)))
    done = vfmc("lint", ".")
    assert (
        done.code == 1
        and "zero.vfm" in done.out
        and "good.yaml" not in done.out
        and "long.yaml" not in done.out
    )


@pytest.mark.parametrize("suffix", ["yaml", "vfm"])
def test_a_cold_process_is_within_the_limits_with_an_alias_bomb_and_a_scalar(suffix: str, here: Path) -> None:
    """The command itself, with the address space limited to what Python maps for it and 300 MB."""
    text = "a: &a [x, x]\n" + "".join(
        f"k{i}: &k{i} [*{before}, *{before}]\n"
        for i, before in enumerate(["a", *(f"k{n}" for n in range(59))])
    )
    (here / f"spec.{suffix}").write_text(
        text if suffix == "yaml" else 'vfmc 1\ndoc "' + "x" * 8_000_000 + '"\n'
    )
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (10, 10)); from vfmc.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20)); main(sys.argv[1:])"
    )
    for verb in ("lint", "build"):
        done = subprocess.run(
            [sys.executable, "-c", script, verb, f"spec.{suffix}"], capture_output=True, text=True
        )
        assert done.returncode == 1 and (done.stdout + done.stderr).startswith("error[SYN0"), done
        assert sorted(path.name for path in here.iterdir()) == [f"spec.{suffix}"]
