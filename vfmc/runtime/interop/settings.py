"""Settings beside a file of weights, compared with what the spec expects: an epsilon or an activation that differs is another function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfmc.runtime.errors import RunError

ABSENT = object()
LARGEST = 4 * 2**20  # bytes of a file of settings


@dataclass(frozen=True)
class Difference:
    """A setting of a file that the spec has otherwise."""

    file: str
    key: str
    theirs: Any
    ours: Any
    fact: str  # of ours: `vision.blocks.activation`
    unsaid: bool  # the file does not say; this is what they take then

    def __str__(self) -> str:
        where = " (its default, for the file does not say)" if self.unsaid else ""
        return f"{self.file}: {self.key} is {self.theirs}{where}, and the spec has {self.ours} ({self.fact})"


def compare(plan: dict[str, Any], folder: Path) -> tuple[list[str], list[str]]:
    """Where the files of settings in a folder and the spec differ, and which files were not there to compare.

    Raises `RunError` for a file that is none, or is of another kind of model.
    """
    missing = [name for name in plan["settings"] if not (folder / name).is_file()]
    return [str(each) for each in differences(plan, folder)], missing


def differences(plan: dict[str, Any], folder: Path) -> Iterator[Difference]:
    """What the files of settings in a folder say otherwise than the spec. Raises as `compare` does."""
    for name, table in plan["settings"].items():
        path = folder / name
        if not path.is_file():
            continue
        try:
            if path.stat().st_size > LARGEST:
                raise RunError(f"{path} is too large for settings")
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"{path} is not JSON ({error})") from None
        if not isinstance(said, dict):
            raise RunError(f"{path} holds no settings")
        kind = said.get("model_type")
        if kind and table["type"] and kind != table["type"]:
            raise RunError(
                f"{path} is of a `{kind}`, and the layout {plan['layout']} is for `{table['type']}`"
            )
        for key, wanted, fact, *default in table["says"]:
            found = _look(said, key)
            unsaid = found is ABSENT
            if unsaid and not default:
                continue
            found = default[0] if unsaid else found
            if not same(wanted, found):
                yield Difference(name, key, found, wanted, fact, unsaid)


def same(ours: Any, theirs: Any) -> bool:
    """Equal, numbers to a millionth."""
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, int | float) and isinstance(theirs, int | float) and not isinstance(ours, bool):
        return abs(ours - theirs) <= 1e-6 * max(abs(ours), abs(theirs))
    return bool(ours == theirs)


def _look(said: Any, key: str) -> Any:
    """The value at a dotted key, or `ABSENT`."""
    for part in key.split("."):
        if not isinstance(said, dict) or part not in said:
            return ABSENT
        said = said[part]
    return said
