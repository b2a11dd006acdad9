"""`spans.json`: generated line -> line of the spec, so that an error in a generated line is told with the line that made it."""

from __future__ import annotations

import json
import re
from pathlib import PurePath

from vfmc.graph.program import Program
from vfmc.source import NOWHERE, Span


def render(program: Program, files: dict[str, str]) -> str:
    """For model.py and objective.py: every line that names a place of the spec, with that place's file, line and path."""
    places = _places(program)
    found: dict[str, dict[str, dict[str, object]]] = {}
    for name in ("model.py", "objective.py"):
        table: dict[str, dict[str, object]] = {}
        for number, line in enumerate(files[name].split("\n"), 1):
            path = _cited(line)
            span = places.get(path)
            if span is not None and span.source is not NOWHERE.source:
                table[str(number)] = {
                    "spec": PurePath(span.source.name).name,
                    "line": span.begin[0],
                    "path": path,
                }
        found[name] = table
    return json.dumps(found, indent=1) + "\n"


def _cited(line: str) -> str:
    """The path of the spec that a generated line speaks of."""
    cited = re.search(r"# (towers\.[\w.\[\]]+)$|\"\"\"(towers\.\w+):", line)
    if cited:
        return cited.group(1) or cited.group(2)
    loss = re.search(r"losses\[\"(\w+)\"\] = ", line)
    return f"losses.{loss.group(1)}" if loss else ""


def _places(program: Program) -> dict[str, Span]:
    found = {re.sub(r"[.][0-9]+", "", module.path): module.span for module in program.modules.values()}
    found |= {f"towers.{name}": tower.declaration.span for name, tower in program.towers.items()}
    for phase in program.phases:
        for value in phase.graph.values.values():
            if value.make == "loss":
                found[f"losses.{value.name}"] = value.span
    return found
