"""`vfmc build`: what is written, what is told, and what is never written over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from conftest import Command

FILES = [
    "README.md",
    "__init__.py",
    "data.py",
    "model.py",
    "objective.py",
    "recipe.json",
    "spans.json",
    "spec.yaml",
    "train.py",
    "vfmc.lock",
]


def test_a_package_is_written_and_told(vfmc: Command, here: Path) -> None:
    found = vfmc("build", "clip_tiny", "-o", "out")
    assert found.code == 0 and "-O1" in found.out
    assert sorted(path.name for path in (here / "out").iterdir()) == FILES
    assert "nothing had changed" in vfmc("build", "clip_tiny", "-o", "out").out


def test_check_tells_stale_missing_and_edited(vfmc: Command, here: Path) -> None:
    assert vfmc("build", "clip_tiny", "-o", "out", "--check").code == 1
    vfmc("build", "clip_tiny", "-o", "out")
    assert vfmc("build", "clip_tiny", "-o", "out", "--check").code == 0
    assert vfmc("build", "clip_tiny", "-o", "out", "--check", "-s", "vision.vit.depth=2").code == 1
    (here / "out" / "model.py").write_text("mine")
    found = vfmc("build", "clip_tiny", "-o", "out", "--check")
    assert found.code == 1 and "edited by hand" in found.out


def test_what_was_edited_by_hand_is_kept(vfmc: Command, here: Path) -> None:
    vfmc("build", "clip_tiny", "-o", "out")
    (here / "out" / "model.py").write_text("mine")
    found = vfmc("build", "clip_tiny", "-o", "out")
    assert found.code == 1 and "--force" in found.err
    assert (here / "out" / "model.py").read_text() == "mine"
    assert vfmc("build", "clip_tiny", "-o", "out", "--force").code == 0
    assert (here / "out" / "model.py").read_text() != "mine"


def test_a_folder_of_other_things_is_kept(vfmc: Command, here: Path) -> None:
    (here / "README.md").write_text("my own")
    assert vfmc("build", "clip_tiny", "-o", ".").code == 1
    assert [path.name for path in here.iterdir()] == ["README.md"]
    assert vfmc("build", "clip_tiny", "-o", "README.md").code == 2


def test_explain_tells_every_decision_with_its_reason(vfmc: Command, here: Path) -> None:
    found = vfmc("build", "clip_tiny", "-o", "out", "--explain")
    assert "dead_tokens" in found.out and "only `cls` is read" in found.out
    assert "no pass ran" in vfmc("build", "clip_tiny", "-o", "out0", "-O0", "--explain").out


def test_overrides_reach_the_package(vfmc: Command, here: Path) -> None:
    vfmc("build", "clip_tiny", "-o", "out", "-s", "train.batch=32", "-s", "name=mine")
    recipe = json.loads((here / "out" / "recipe.json").read_text())
    assert (recipe["batch"], recipe["name"]) == (32, "mine")


def test_an_error_writes_nothing(vfmc: Command, here: Path) -> None:
    found = vfmc("build", "-", "-o", "out", stdin="vfmc: 1\nname: x\n")
    assert found.code == 1 and not (here / "out").exists()


def test_the_model_needs_torch_alone(vfmc: Command, here: Path) -> None:
    vfmc("build", "flip_tiny", "-o", "out")
    script = """
import sys, torch
sys.modules["vfmc"] = None
from model import Vision
from objective import Objective
assert Vision()(torch.zeros(2, 3, 16, 16)).shape == (2, 32)
Objective()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=here / "out", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
