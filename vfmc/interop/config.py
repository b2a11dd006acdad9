"""Files of settings beside weights (`config.json` ...): what the spec expects of them, and what it writes there itself.

A table of a layout maps their key to a fact of ours, or to `{is: fact, default: what they take where the key is not there,
as: {ours: theirs}}`; `fixed` holds what is always the same. `vfmc.runtime.interop.settings` compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vfmc.interop.layout import Layout, LayoutError

Fact = Callable[[str], Any]


def expected(layout: Layout, fact: Fact) -> dict[str, Any]:
    """For every file its keys as `[theirs, what the spec has, its fact, default...]`; facts that the spec lacks are left out."""
    found: dict[str, Any] = {}
    for name, table in layout.config.items():
        rows = []
        for key, entry, ours in _said(table, fact):
            try:
                wanted = theirs(entry, ours)
            except LayoutError:
                wanted = ours  # they have no word for it, so whatever they say is another
            rows.append([key, wanted, entry["is"], *([entry["default"]] if "default" in entry else [])])
        found[name] = {"type": (table.get("fixed") or {}).get("model_type"), "says": rows}
    return found


def written(layout: Layout, fact: Fact) -> dict[str, dict[str, Any]]:
    """The files of settings that say explicitly what the spec has. Raises `LayoutError` where they have no word for it."""
    files: dict[str, dict[str, Any]] = {}
    for name, table in layout.config.items():
        made: dict[str, Any] = {}
        for key, value in (table.get("fixed") or {}).items():
            _put(made, key, value)
        for key, entry, ours in _said(table, fact):
            _put(made, key, theirs(entry, ours))
        files[name] = made
    return files


def _said(table: dict[str, Any], fact: Fact) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for key, entry in (table.get("says") or {}).items():
        entry = entry if isinstance(entry, dict) else {"is": entry}
        ours = fact(entry["is"])
        if ours is not None:
            yield key, entry, ours


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


def _put(made: dict[str, Any], key: str, value: Any) -> None:
    *outer, last = key.split(".")
    for part in outer:
        made = made.setdefault(part, {})
    made[last] = value
