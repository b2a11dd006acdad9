"""What a phase changes of the base's settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vfmc.check.addresses import BadAddress, path
from vfmc.components.sections.train import Train
from vfmc.graph.program import Phase, Program
from vfmc.syntax.tree import Mapping

NESTED = ("losses", "parts", "optimizer", "knobs")  # keys whose entries are said one by one: "optimizer.lr"


def base(program: Program) -> Phase:
    """What phases differ from: the spec without any `set`, as far as a phase without one shows its Graph."""
    train = program.sections.get("train")
    said = program.train.phases
    plain = [phase for phase, entry in zip(program.phases, said, strict=False) if not _entries(entry.set)]
    first = (plain or list(program.phases))[0]
    return replace(first, train=train) if isinstance(train, Train) else first


def changes(program: Program, phase: Phase, settings: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The keys of the recipe that a phase sets: those that differ, and schedules that it says itself.

    A schedule that a phase sets spans that phase alone, even where it says the same as the base.
    """
    found: dict[str, Any] = {}
    for key, before in settings.items():
        after = own[key]
        if after == before:
            continue
        if key in NESTED and set(before) <= set(after):
            found |= {f"{key}.{name}": value for name, value in after.items() if before.get(name) != value}
        else:
            found[key] = after
    return found | {key: value for key, value in _restarted(program, phase, own).items() if key not in found}


def _restarted(program: Program, phase: Phase, own: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    entry = next((entry for entry in program.train.phases if entry.name == phase.name), None)
    for address in _entries(entry.set if entry else None):
        try:
            steps = path(program.root, address)
        except BadAddress:
            continue
        name = ".".join(steps[-2:]) if steps[0] == "train" else f"{steps[min(1, len(steps) - 1)]}.{steps[-1]}"
        if steps[:2] == ["train", "schedule"]:
            found["schedule"] = own["schedule"]
        elif name in own["knobs"]:
            found[f"knobs.{name}"] = own["knobs"][name]
    return found


def _entries(node: Any) -> list[str]:
    return [entry.name for entry in node] if isinstance(node, Mapping) else []
