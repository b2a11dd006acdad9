"""What all tests share: the command line as a function, and processes that leave cores to one another."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # one thread a worker: two that take all cores are slower than either
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
for name in ("FORCE_COLOR", "VFMC_DEBUG"):
    os.environ.pop(name, None)

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """What a command line came to."""

    code: int
    out: str
    err: str


Command = Callable[..., Run]


@pytest.fixture
def vfmc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`vfmc("lint", path, stdin="...")` in this process, as the `vfmc` script runs it."""
    from vfmc.cli.main import run

    def call(*arguments: object, stdin: str | bytes | None = None) -> Run:
        if stdin is not None:
            data = stdin.encode() if isinstance(stdin, str) else stdin
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        found = capsys.readouterr()
        return Run(code, found.out, found.err)

    return call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the test works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
