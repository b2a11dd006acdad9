"""`vfmc.lock`: what a package was made of and what it consists of, so that stale, missing, foreign and edited files are known."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from vfmc.source.files import read_text
from vfmc.source.record import record

NAME = "vfmc.lock"
LONGEST = 30_000_000  # bytes of a generated file, or of the lock; real ones have less than a million
UNLOCKED = ("spans.json",)  # depends on where the spec lies, so it is no part of the promise of equal bytes


def digest(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def render(
    *, version: str, level: int, tree: str, components: dict[str, str], signature: Any, files: dict[str, str]
) -> str:
    """The lock as JSON, sorted."""
    content = {
        "language": 1,
        "vfmc": version,
        "level": level,
        "tree": digest(tree),
        "components": components,
        "state_dict": digest(json.dumps(signature, sort_keys=False)),
        "outputs": {name: digest(text) for name, text in sorted(files.items()) if name not in UNLOCKED},
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


@record(frozen=True)
class Difference:
    """One file that is not as it would be built: `kind` is stale, missing, orphan or edited."""

    kind: str
    file: str

    def __str__(self) -> str:
        words = {
            "stale": "is older than the spec",
            "missing": "is missing",
            "orphan": "is built no longer",
            "edited": "was edited by hand",
        }
        return f"{self.file} {words[self.kind]}"


def outputs(folder: Path) -> dict[str, str]:
    """The hashes that the lock of a folder names; empty without a readable one."""
    try:
        found = json.loads(read_text(folder / NAME, LONGEST))["outputs"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return {str(name): str(hash) for name, hash in found.items()} if isinstance(found, dict) else {}


def compare(folder: Path, files: dict[str, str]) -> list[Difference]:
    """How a folder differs from `files`, in the order of names."""
    locked = outputs(folder)
    found = []
    for name, text in sorted(files.items()):
        path = folder / name
        if name in UNLOCKED:
            continue
        if not path.is_file():
            found.append(Difference("missing", name))
            continue
        now = _digest_of(path)
        if now == digest(text):
            continue
        edited = name in locked and now != locked[name]
        found.append(Difference("edited" if edited else "stale", name))
    for name in sorted(set(locked) - set(files)):
        path = folder / name
        if _inside(folder, name) and path.is_file():
            edited = _digest_of(path) != locked[name]
            found.append(Difference("edited" if edited else "orphan", name))
    return found


def _digest_of(path: Path) -> str:
    """The hash of a file as it is; of what cannot be read, none that anything has."""
    try:
        return digest(read_text(path, LONGEST, "replace"))
    except OSError:
        return ""


def _inside(folder: Path, name: str) -> bool:
    """Whether a name of the lock stays in its folder, links followed; a lock is a file that anybody can write."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\0" in name or "\\" in name:
        return False
    return (folder / name).parent.resolve().is_relative_to(folder.resolve())
