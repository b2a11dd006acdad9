"""A run that is killed at any point goes on to the same weights, optimiser state and log as one that never
was.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from runtime_package import PACKAGES
from runtime_package.feed import ExampleFeed
from safetensors.torch import load_file

from vfmc.runtime import log
from vfmc.runtime.loop import train

HERE = PACKAGES.parent
TINY = PACKAGES / "tiny"
STEPS = 10


def killed(run, point):
    """Trains in another process until it kills itself at `point`."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "VFMC_TEST_KILL": point,
        "PYTHONPATH": str(HERE.parent),
    }
    command = [
        sys.executable,
        str(HERE / "runtime_package" / "feed.py"),
        str(TINY),
        str(run),
        json.dumps({"steps": STEPS}),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr


def result(run):
    folder = run / "checkpoints" / f"step-{STEPS:08d}"
    rows = [
        {k: row[k] for k in ("step", "loss", "losses", "gradient_norm", "lr")}
        for row in log.read(run / "log.jsonl")
    ]
    return load_file(folder / "weights.safetensors"), load_file(folder / "state.safetensors"), rows


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory):
    run = tmp_path_factory.mktemp("never") / "run"
    train(TINY, run, feed=ExampleFeed, device="cpu", quiet=True, steps=STEPS)
    return result(run)


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ("step@3", None),  # before the first checkpoint
        ("step@7", "step-00000004"),
        ("begin@8", "step-00000004"),
        ("weights@8", "step-00000004"),  # weights written, optimiser not
        ("state@8", "step-00000004"),  # both written, neither sealed nor renamed
        ("renamed@8", "step-00000008"),  # complete, `last` still names the one before
        ("last@8", "step-00000008"),  # old ones not yet removed
    ],
)
def test_killed_and_resumed_equals_never_killed(never_killed, tmp_path, capsys, point, found):
    run = tmp_path / "run"
    killed(run, point)
    train(TINY, run, feed=ExampleFeed, device="cpu", resume="auto")
    said = capsys.readouterr().out
    assert (f"going on from {found}" in said) if found else ("going on from" not in said)
    for mine, theirs in zip(result(run)[:2], never_killed[:2], strict=True):
        assert set(mine) == set(theirs)
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    assert result(run)[2] == never_killed[2]
    assert not list(run.rglob(".tmp-*"))
    assert (run / "last").read_text() == f"step-{STEPS:08d}\n"
