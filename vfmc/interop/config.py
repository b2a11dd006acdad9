"""Files of settings beside weights (`config.json` ...): compared with the spec on the way in, written on the way out.

A table of a layout maps their key to a fact of ours, or to `{is: fact, default: what they take where the key is not there,
as: {ours: theirs}}`; `fixed` holds what is always the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vfmc.interop.layout import LayoutError
from vfmc.interop.meet import Meeting, same

ABSENT = object()


def compare(meeting: Meeting, folder: Path) -> tuple[list[str], list[str]]:
    """Where the files of settings in a folder and the spec differ; and which files were not there to compare."""
    differences, missing = [], []
    for name, table in meeting.layout.config.items():
        path = folder / name
        if not path.is_file():
            missing.append(name)
            continue
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LayoutError(f"{path} is not JSON ({error})") from None
        if not isinstance(said, dict):
            raise LayoutError(f"{path} holds no settings")
        for key, value in (table.get("fixed") or {}).items():
            found = look(said, key)
            if key.rpartition(".")[2] == "model_type" and found is not ABSENT and found != value:
                raise LayoutError(
                    f"{path} is of a `{found}`, and the layout {meeting.layout.name} is for `{value}`"
                )
        for key, entry in (table.get("says") or {}).items():
            entry = entry if isinstance(entry, dict) else {"is": entry}
            ours, found = meeting.fact(entry["is"]), look(said, key)
            default = found is ABSENT
            found = entry.get("default", ABSENT) if default else found
            if ours is None or found is ABSENT:
                continue
            wanted = theirs(entry, ours)
            if not same(wanted, found):
                where = " (its default, for the file does not say)" if default else ""
                differences.append(
                    f"{name}: {key} is {found}{where}, and the spec has {wanted} ({entry['is']})"
                )
    return differences, missing


def written(meeting: Meeting) -> dict[str, dict[str, Any]]:
    """The files of settings that say explicitly what the spec has."""
    files: dict[str, dict[str, Any]] = {}
    for name, table in meeting.layout.config.items():
        made: dict[str, Any] = {}
        for key, value in (table.get("fixed") or {}).items():
            _put(made, key, value)
        for key, entry in (table.get("says") or {}).items():
            entry = entry if isinstance(entry, dict) else {"is": entry}
            ours = meeting.fact(entry["is"])
            if ours is not None:
                _put(made, key, theirs(entry, ours))
        files[name] = made
    return files


def theirs(entry: dict[str, Any], ours: Any) -> Any:
    """Our value in their words. Raises `LayoutError` for one that they have no word for."""
    words = entry.get("as")
    if words is None:
        return ours
    if ours not in words:
        raise LayoutError(
            f"the layout has no word for {entry['is']} {ours}: it knows {', '.join(map(str, words))}"
        )
    return words[ours]


def look(said: Any, key: str) -> Any:
    """The value at a dotted key, or `ABSENT`."""
    for part in key.split("."):
        if not isinstance(said, dict) or part not in said:
            return ABSENT
        said = said[part]
    return said


def _put(made: dict[str, Any], key: str, value: Any) -> None:
    *outer, last = key.split(".")
    for part in outer:
        made = made.setdefault(part, {})
    made[last] = value
