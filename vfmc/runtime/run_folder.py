"""The folder of a run: where things lie (docs/contracts.md 4), and that no run is written over."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfmc.runtime import files
from vfmc.runtime.errors import RunError
from vfmc.runtime.package import Package, load_package

RESUME = ("never", "auto")


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run. `path` is absolute."""

    path: Path

    @property
    def package(self) -> Path:
        return self.path / "package"

    @property
    def log(self) -> Path:
        return self.path / "log.jsonl"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def last(self) -> Path:
        return self.path / "last"

    @property
    def eval(self) -> Path:
        return self.path / "eval"

    @property
    def pictures(self) -> Path:
        return self.path / "pictures"

    def tokenizer(self, name: str) -> Path:
        """Where the tokeniser of a text input lies."""
        return self.path / "tokenizers" / name

    def command(self) -> dict[str, Any]:
        """What `command.json` says about how the run was started; empty if it is not there."""
        try:
            said = json.loads((self.path / "command.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}


def prepare(
    path: str | Path, package: Package, command: dict[str, Any], resume: str
) -> tuple[RunFolder, list[str]]:
    """Makes the folder of a run, or takes up the one that is there, and says what a person should know about
    it.

    Raises `RunError` for a folder with content under `resume="never"`, and for one that holds no run under
    `auto`.
    """
    if resume not in RESUME:
        raise RunError(f"resume is '{resume}', but can be {' or '.join(RESUME)}")
    run, notes = RunFolder(Path(path).resolve()), []
    content = []
    if run.path.is_dir():  # what a killed start has left behind is not content
        content = sorted(entry.name for entry in run.path.iterdir() if not entry.name.startswith(".tmp-"))
    if run.path.exists() and not run.path.is_dir():
        raise RunError(f"{run.path} is a file: say another folder with `--out`")
    if content and resume == "never":
        raise RunError(
            f"{path} holds a run already: go on with it by `--resume auto`, "
            "or say another folder with `--out`"
        )
    if content and not run.package.is_dir() and "command.json" not in content:
        raise RunError(
            f"{path} holds files, but no run of vfmc ({content[0]} ...): say another folder with `--out`"
        )
    run.path.mkdir(parents=True, exist_ok=True)
    if run.package.is_dir() and package.folder != run.package:
        before = load_package(run.package)
        if before.fingerprint() != package.fingerprint():
            kept = run.path / f"package-{before.fingerprint()}"
            shutil.rmtree(kept, ignore_errors=True)
            os.replace(run.package, kept)
            notes.append(
                f"the package has changed since this run began (the old one is kept as {kept.name}): "
                "numbers may differ from here on"
            )
    if not run.package.is_dir():
        copying = run.path / f".tmp-package-{os.getpid()}"
        shutil.copytree(package.folder, copying, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        os.replace(copying, run.package)
    started, now = run.command().get("resolved", {}), command.get("resolved", {})
    if not started:
        files.write_json(run.path / "command.json", command)
    for name in ("seed", "steps", "precision", "accumulate"):
        if started and name in now and started.get(name) != now[name]:
            notes.append(f"{name} was {started.get(name)} when this run began and is {now[name]} now")
    for leftover in run.path.glob(".tmp-*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    return run, notes


def open_folder(path: str | Path) -> RunFolder:
    """The folder of a run that exists. Raises `RunError` if it is none."""
    run = RunFolder(Path(path).resolve())
    if not run.package.is_dir():
        raise RunError(f"{path} is not the folder of a run: it has no package/")
    return run
