"""The wheel stands alone: without the repository it lints, builds and shows the zoo."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("hatchling")


def test_a_wheel_carries_grammar_templates_and_specs(here: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(here / "dist")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (here / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        assert "vfmc/py.typed" in files.namelist()
        files.extractall(here / "site")

    def vfmc(*arguments: str) -> str:
        script = "import sys, vfmc; print(vfmc.__file__); from vfmc.cli.main import main; main(sys.argv[1:])"
        environment = {**os.environ, "PYTHONPATH": str(here / "site")}
        run = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=here,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.startswith(str(here / "site"))
        return run.stdout

    assert "1 spec, no findings" in vfmc("lint", "clip_vit_b32")
    assert "clip_tiny" in vfmc("specs", "list")
    vfmc("fmt", "clip_tiny", "--to", "vfm", "-o", "clip.vfm")  # the writer, and on the next line the grammar
    vfmc("build", "clip.vfm", "-o", "out")
    assert (here / "out" / "model.py").is_file()
