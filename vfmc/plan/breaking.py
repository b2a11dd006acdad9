"""What a change of a spec breaks: checkpoints, data, the objective; and what it changes of the recipe, for information."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vfmc.graph.dump import call
from vfmc.graph.program import Program
from vfmc.plan.plan import Plan
from vfmc.source.record import record
from vfmc.types import Number

CHECKPOINT, DATA, OBJECTIVE, RECIPE = CATEGORIES = ("CHECKPOINT", "DATA", "OBJECTIVE", "RECIPE")
BREAKING = (CHECKPOINT, DATA, OBJECTIVE)
PARTS = 4  # of a change that are told
SETTINGS = (
    "precision",
    "batch",
    "accumulate",
    "optimizer",
    "schedule",
    "clip",
    "knobs",
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
        *_views(old, new),
        *_objective(old[0], new[0]),
        *_recipe(old[1].recipe, new[1].recipe),
        *_groups(old[1].recipe, new[1].recipe, renamed),
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
            found.append(Change(category, name, f"{word} `{name}` changes ({_parts(old[name], new[name])})"))
    return found


def _views(old: tuple[Program, Plan], new: tuple[Program, Plan]) -> list[Change]:
    """Views of the same shape that are made otherwise. What evaluation feeds is what old weights know; what training draws is its recipe."""
    before, after = _made(old[1]), _made(new[1])
    said = _said(old[0], "view"), _said(new[0], "view")
    same_batch = [name for name, entry in _batch(new[1]).items() if _batch(old[1]).get(name) == entry]
    found = []
    for name in before:
        if name not in after or name not in same_batch or before[name] == after[name]:
            continue
        was, now = (each.get(name, "") for each in said)
        how = f"was {was} and is {now}" if was != now else "changes with its input"
        if before[name]["evaluate"] != after[name]["evaluate"]:
            found.append(
                Change(DATA, name, f"evaluation feeds another picture of the view `{name}`: it {how}")
            )
        else:
            found.append(Change(RECIPE, name, f"the view `{name}` {how}"))
    return found


def _made(plan: Plan) -> dict[str, Any]:
    """How every view is made, in the first phase that has it."""
    found: dict[str, Any] = {}
    for phase in plan.contract.phases.values():
        for name, view in phase["views"].items():
            found.setdefault(name, view)
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
    old_masks, new_masks = _said(old, "mask"), _said(new, "mask")
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


def _said(program: Program, make: str) -> dict[str, str]:
    """The calls that make the values of a kind, by their names."""
    return {
        value.name: call(value.component)
        for value in program.phases[0].graph.values.values()
        if value.make == make
    }


def _recipe(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    return [
        Change(RECIPE, key, f"`{key}` changes ({_parts(old.get(key), new.get(key))})")
        for key in SETTINGS
        if old.get(key) != new.get(key)
    ]


def _groups(old: dict[str, Any], new: dict[str, Any], renamed: dict[str, str]) -> list[Change]:
    """Weights that both have and that are optimised by another rule. What is new or gone is told with the checkpoint."""
    before = {renamed_key(name, renamed): rule for name, rule in _rules(old).items()}
    changed: dict[str, list[str]] = {}
    for name, rule in _rules(new).items():
        if name in before and before[name] != rule:
            changed.setdefault(_parts(before[name], rule), []).append(name)
    return [
        Change(RECIPE, "groups", f"{_many(names)} {_be(names)} optimised otherwise ({how})")
        for how, names in changed.items()
    ]


def _rules(recipe: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rule of every weight that is optimised."""
    return {
        name: {key: value for key, value in group.items() if key not in ("name", "weights")}
        for group in recipe["groups"]
        for name in group["weights"]
    }


def _parts(old: Any, new: Any) -> str:
    """What differs between two values, part by part, the first ones of many."""
    found = list(_differences("", old, new))
    more = f", and {len(found) - PARTS} more" if len(found) > PARTS else ""
    return ", ".join(found[:PARTS]) + more


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and not {"value", "unit"} & old.keys():
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(f"{path}.{key}" if path else str(key), old.get(key), new.get(key))
    elif _named(old) and _named(new):
        yield from _differences(
            path, {each["name"]: each for each in old}, {each["name"]: each for each in new}
        )
    elif path and isinstance(new if old is None else old, dict) and None in (old, new):
        yield f"{path} is {'new' if old is None else 'gone'}"
    else:
        yield f"{path}: {_short(old)} -> {_short(new)}" if path else f"{_short(old)} -> {_short(new)}"


def _named(value: Any) -> bool:
    """Whether a value is a list of mappings with names, as phases are."""
    return isinstance(value, list) and all(isinstance(each, dict) and "name" in each for each in value)


def _short(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"value", "unit"}:
        return f"{value['value']:g} {value['unit']}"
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
