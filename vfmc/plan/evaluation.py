"""Evaluation and export as data: every tower with what feeds it."""

from __future__ import annotations

from typing import Any

from vfmc.components import Name
from vfmc.graph.program import Program
from vfmc.plan import tuning
from vfmc.plan.taps import taps
from vfmc.types import item


def evaluations(program: Program) -> dict[str, dict[str, Any]]:
    """The protocols by name. A tower is `{"tower", "view"}` or `{"tower", "input"}`; `of:` becomes `image:`,
    `text:`, `audio:` ..., which is how the runtime calls what a tower reads.
    """
    found = {}
    for key, protocol in program.protocols.items():
        entry: dict[str, Any] = {"use": protocol.component_name}
        markers = protocol.markers()
        for argument, value in protocol.plain().items():
            mark = markers.get(argument)
            if value is None and isinstance(mark, Name):
                continue  # another argument names the tower
            if isinstance(mark, Name) and mark.kind == "tower" and mark.many:
                entry[argument] = [fed(program, name) for name in value if name in program.callables]
            elif isinstance(mark, Name) and mark.kind == "tower" and value in program.callables:
                entry[kind_of(program, value) if argument == "of" else argument] = fed(program, value)
            else:
                entry[argument] = value
        if isinstance(entry.get("facts"), dict) and "features" in entry["facts"]:
            read, features, departs = taps(program, str(protocol.argument("of")), entry["facts"]["features"])
            entry["facts"] = {**entry["facts"], "features": features}
            entry |= {"taps": read, "departs": [*entry["departs"], *departs]}
        if protocol.component_name == "classify" and entry.get("protocol"):
            entry["departs"] = tuning.departs(program, str(protocol.argument("logits")), entry["facts"])
        found[key] = entry
    return found


def exports(program: Program) -> dict[str, dict[str, str]]:
    """The towers that are exported, by the name of the product."""
    return {
        name: fed(program, tower) for name, tower in program.exports.items() if tower in program.callables
    }


def feeds(program: Program) -> dict[str, dict[str, str]]:
    """What feeds every tower that can be called alone."""
    return {tower: fed(program, tower) for tower in program.callables}


def within(program: Program) -> dict[str, list[str]]:
    """The towers that a tower applies to what evaluation feeds it, where it applies others: it was trained where they were."""
    found: dict[str, list[str]] = {}
    for name, tower in program.callables.items():
        graph = program.evaluation
        scopes = [scope for value in graph.behind(graph.outputs[name]) for scope in graph.chain(value.scope)]
        applied = dict.fromkeys(graph.scopes[scope].tower for scope in scopes)
        others = [other for other in applied if other not in (name, tower.tower)]
        found |= {name: others} if others else {}
    return found


def kind_of(program: Program, tower: str) -> str:
    """What a tower reads: `image`, `text`, `audio`, `depth`, `thermal`, `signal`, `video`."""
    return item(program.callables[tower].type).medium


def fed(program: Program, tower: str) -> dict[str, str]:
    """A tower with the view, or the text, that evaluation feeds it."""
    feed = program.callables[tower].feed
    return {"tower": tower, "input" if kind_of(program, tower) == "text" else "view": feed}
