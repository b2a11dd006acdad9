"""Settings beside a file of weights, compared with what the spec expects: an epsilon or an activation that differs is another function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vfmc.runtime.errors import RunError

ABSENT = object()


def compare(plan: dict[str, Any], folder: Path) -> tuple[list[str], list[str]]:
    """Where the files of settings in a folder and the spec differ, and which files were not there to compare.

    Raises `RunError` for a file that is none, or is of another kind of model.
    """
    differences, missing = [], []
    for name, table in plan["settings"].items():
        path = folder / name
        if not path.is_file():
            missing.append(name)
            continue
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
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
                where = " (its default, for the file does not say)" if unsaid else ""
                differences.append(f"{name}: {key} is {found}{where}, and the spec has {wanted} ({fact})")
    return differences, missing


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
