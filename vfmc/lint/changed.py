"""The files that git says have changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from vfmc.lint.bases import closure
from vfmc.lint.settings import BadSettings


def only(paths: Iterable[str], base: str) -> list[str]:
    """The paths that differ from `base`, themselves or in what they extend, or that git does not know yet. Raises `BadSettings` outside of a repository."""
    top = Path(_git("rev-parse", "--show-toplevel").strip())
    names = _git("diff", "--name-only", "-z", "--no-renames", "--end-of-options", base, "--").split("\0")
    names += _git("ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/").split("\0")
    changed = {(top / name).resolve() for name in names if name}
    return [path for path in paths if changed & closure(path)] if changed else []


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
