"""The specs whose findings may have changed, by what git says of the files that they depend on."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from vfmc.lint import behind
from vfmc.lint.settings import BadSettings, find, places


def only(paths: Iterable[str], base: str, given: Iterable[Path] = (), *, search: bool = True) -> list[str]:
    """The paths that differ since `base`, that git does not know yet, or that depend on files of which that is so: their bases,
    files that their values name, the settings that hold for them, unless `search` is false. `given` are files that hold for all.

    What has changed on the branch of `base` since this one left it is not counted. Raises `BadSettings` outside of a repository.
    """
    top = Path(_git("rev-parse", "--show-toplevel").strip()).resolve()
    since = _since(base)
    names = _git("diff", "--name-only", "-z", "--no-renames", "--end-of-options", since, "--").split("\0")
    names += _git("ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/").split("\0")
    changed = {(top / name).resolve() for name in names if name}
    if changed & {each.resolve() for each in given}:
        return list(paths)

    @cache
    def otherwise(folder: Path) -> bool:
        """Whether the settings of a folder say something else, or its baseline does."""
        if not search:
            return False
        differing = [file for file in places(folder) if file in changed and _differs(file, top, since)]
        baseline = find(folder).baseline
        return bool(differing) or (baseline is not None and baseline.resolve() in changed)

    return [
        path for path in paths if changed & behind.behind(path) or (changed and otherwise(Path(path).parent))
    ]


def _differs(file: Path, top: Path, since: str) -> bool:
    """Whether a file of settings that has changed says something else to us: most of `pyproject.toml` is about others."""
    if file.name != "pyproject.toml":
        return True
    now = file.read_bytes() if file.is_file() else b""
    return _ours(now) != _ours(_git_bytes("show", f"{since}:{file.relative_to(top).as_posix()}"))


def _since(base: str) -> str:
    """The commit at which this branch left that of `base`; `base` where git sees none, as in a shallow clone."""
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{base}^{{commit}}").strip()
    return _git_bytes("merge-base", commit, "HEAD").decode().strip() or commit


def _ours(text: bytes) -> Any:
    """What `pyproject.toml` says to us; its text where it cannot be read."""
    try:
        tool = tomllib.loads(text.decode()).get("tool", {})
        return tool.get("vfmc")
    except (ValueError, AttributeError, RecursionError):
        return text


def _git_bytes(*arguments: str) -> bytes:
    """What git says, nothing where it fails."""
    return subprocess.run(["git", *arguments], capture_output=True, check=False).stdout


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise BadSettings("--changed-only needs git, which is not installed here") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split()) or f"git {arguments[0]} failed"
        raise BadSettings(
            f"git cannot tell what has changed ({said})", "give --base-ref a commit or a branch that is there"
        ) from None
    return done.stdout
