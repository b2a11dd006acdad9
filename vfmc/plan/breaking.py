"""What a change of a spec breaks: checkpoints, data, the objective; and what it changes of the recipe, for information."""

from __future__ import annotations

from typing import Any

from vfmc.graph.dump import call
from vfmc.graph.program import Program
from vfmc.plan.plan import Plan
from vfmc.source.record import record
from vfmc.types import Number

CHECKPOINT, DATA, OBJECTIVE, RECIPE = CATEGORIES = ("CHECKPOINT", "DATA", "OBJECTIVE", "RECIPE")
BREAKING = (CHECKPOINT, DATA, OBJECTIVE)
SETTINGS = (
    "precision",
    "batch",
    "accumulate",
    "optimizer",
    "schedule",
    "clip",
    "knobs",
    "groups",
    "phases",
    "seed",
)


@record(frozen=True)
class Change:
    """One difference: its category, what it is about, and a sentence."""

    category: str
    what: str
    message: str

    @property
    def breaks(self) -> bool:
        return self.category in BREAKING


def changes(old: tuple[Program, Plan], new: tuple[Program, Plan]) -> list[Change]:
    """Every difference that matters to somebody who has checkpoints, data or results of the old spec."""
    renamed = dict(new[0].renamed)
    return [
        *_checkpoint(old[1].signature, new[1].signature, renamed),
        *_data(old[1], new[1]),
        *_objective(old[0], new[0]),
        *_recipe(old[1].recipe, new[1].recipe),
    ]


def renamed_key(name: str, renamed: dict[str, str]) -> str:
    """The new name of a weight: the longest declared beginning is replaced."""
    for before in sorted(renamed, key=len, reverse=True):
        if name == before or name.startswith(f"{before}."):
            return renamed[before] + name.removeprefix(before)
    return name


def _checkpoint(
    old: dict[str, list[int]], new: dict[str, list[int]], renamed: dict[str, str]
) -> list[Change]:
    moved = {renamed_key(name, renamed): (name, shape) for name, shape in old.items()}
    gone = [(name, was) for name, (was, _) in moved.items() if name not in new]
    fresh = [name for name in new if name not in moved]
    found = [
        Change(
            CHECKPOINT, name, f"`{was}` has the shape {moved[name][1]} in old checkpoints and {new[name]} now"
        )
        for name, (was, shape) in moved.items()
        if name in new and new[name] != shape
    ]
    found += [
        Change(CHECKPOINT, stem, f"{_many(names)} of old checkpoints {_have(names)} no place now")
        for stem, names in _grouped([was for _, was in gone]).items()
    ]
    found += [
        Change(CHECKPOINT, stem, f"{_many(names)} {_be(names)} in no old checkpoint")
        for stem, names in _grouped(fresh).items()
    ]
    return found


def _grouped(names: list[str]) -> dict[str, list[str]]:
    """Names by the stage that owns them: one change, one line."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(".".join(name.split(".")[:2]), []).append(name)
    return found


def _many(names: list[str]) -> str:
    return f"`{names[0]}`" if len(names) == 1 else f"`{names[0]}` and {len(names) - 1} more"


def _have(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _be(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _data(old: Plan, new: Plan) -> list[Change]:
    """What a sample must hold, and what crosses into the objective."""
    found = _entries(DATA, "the input", old.contract.inputs, new.contract.inputs)
    before, after = _batch(old), _batch(new)
    return found + _entries(DATA, "the batch's", before, after)


def _batch(plan: Plan) -> dict[str, Any]:
    return {
        name: entry
        for phase in plan.contract.phases.values()
        for name, entry in phase["batch"].items()
        if name != "key"
    }


def _entries(category: str, word: str, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found = [Change(category, name, f"{word} `{name}` is gone") for name in old if name not in new]
    found += [Change(category, name, f"{word} `{name}` is new") for name in new if name not in old]
    for name in old:
        if name in new and old[name] != new[name]:
            parts = [
                f"{key}: {_short(old[name].get(key))} -> {_short(new[name].get(key))}"
                for key in dict.fromkeys([*old[name], *new[name]])
                if old[name].get(key) != new[name].get(key)
            ]
            found.append(Change(category, name, f"{word} `{name}` changes ({', '.join(parts)})"))
    return found


def _objective(old: Program, new: Program) -> list[Change]:
    before, after = _terms(old), _terms(new)
    found = [Change(OBJECTIVE, name, f"the loss `{name}` is gone") for name in before if name not in after]
    found += [Change(OBJECTIVE, name, f"the loss `{name}` is new") for name in after if name not in before]
    for name in before:
        if name in after and before[name] != after[name]:
            found.append(
                Change(OBJECTIVE, name, f"the loss `{name}` was {before[name]} and is {after[name]}")
            )
    old_masks, new_masks = _masks(old), _masks(new)
    for name in dict.fromkeys([*old_masks, *new_masks]):
        if old_masks.get(name) != new_masks.get(name):
            found.append(
                Change(
                    OBJECTIVE,
                    name,
                    f"the mask `{name}` was {old_masks.get(name, 'not there')} and is {new_masks.get(name, 'gone')}",
                )
            )
    return found


def _terms(program: Program) -> dict[str, str]:
    graph = program.phases[0].graph
    found = {}
    for term in graph.terms:
        weight = f"{term.weight:g}" if isinstance(term.weight, int | float) else call(term.weight)
        value = graph.values[term.value]
        parts = [call(value.component)]
        parts += [
            f"{name} {call(graph.values[ids[0]].component)}"
            for name, ids in value.operands
            if isinstance(graph.values[ids[0]].type, Number)
        ]
        found[term.name] = f"{weight} * {', '.join(parts)}"
    return found


def _masks(program: Program) -> dict[str, str]:
    return {
        value.name: call(value.component)
        for value in program.phases[0].graph.values.values()
        if value.make == "mask"
    }


def _recipe(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    return [
        Change(RECIPE, key, f"`{key}` changes: {_short(old.get(key))} -> {_short(new.get(key))}")
        for key in SETTINGS
        if old.get(key) != new.get(key)
    ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
