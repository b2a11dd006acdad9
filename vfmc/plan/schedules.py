"""Schedules in the runtime's words: learning rates as a factor of one peak, knobs as absolute numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vfmc.components import Component, Nested, Optimizer, Schedule
from vfmc.components.schedules.per import Per
from vfmc.components.sections.train import Train
from vfmc.graph import Graph


def number(value: float | Schedule, batch: int) -> float:
    """An argument as the number that it begins with, multiplied out where it is stated for another batch."""
    if isinstance(value, Per):
        return value.scaled(batch)
    return value.first() if isinstance(value, Schedule) else value


def rate(train: Train) -> tuple[float, dict[str, Any]]:
    """The peak learning rate, and the schedule that it is the factor of: a cosine to 0 if none is given."""
    peak = train.optimizer.argument("lr")
    schedule = train.schedule
    if isinstance(peak, Schedule) and not isinstance(peak, Per) and schedule is None:
        schedule = peak
    lr = number(peak, train.batch)
    if schedule is None:
        return lr, {"use": "cosine", "warmup": None, "end": 0.0}
    if isinstance(schedule, Per):
        return number(schedule, train.batch), {"use": "constant", "warmup": None}
    return schedule.peak(lr), schedule.rate()


def knob(schedule: float | Schedule, batch: int) -> float | dict[str, Any]:
    """A number that moves, as data; one that stays, as itself."""
    if isinstance(schedule, Per):
        return {"use": "constant", "value": number(schedule, batch)}
    return schedule.knob() if isinstance(schedule, Schedule) else schedule


def knobs(graph: Graph, train: Train) -> dict[str, float | Schedule]:
    """Every number of a phase that may move: of copies (`teacher.momentum`), of losses
    (`dino.teacher_temperature`, `dino.weight`), of other values, and the optimiser's decay.
    """
    found: dict[str, float | Schedule] = {}
    for module in graph.modules.values():
        if module.follow is not None:
            found |= dict(_movable(module.follow.copy, module.follow.component))
    for value in graph.pruned().values.values():
        if value.make == "loss":
            found |= dict(_movable(value.name, value.component))
        elif value.make == "apply":
            owner = value.name if value.scope is None else graph.scopes[value.scope].prefix + value.name
            found |= dict(_movable(owner, value.component))
    for term in graph.terms:
        found[f"{term.name}.weight"] = term.weight  # type: ignore[assignment]
    return found | dict(_optimizer(train.optimizer))


def _movable(owner: str, component: Component) -> Iterator[tuple[str, float | Schedule]]:
    for name, mark in component.markers().items():
        if isinstance(mark, Nested) and mark.kind == "schedule" and component.argument(name) is not None:
            yield f"{owner}.{name}", component.argument(name)


def _optimizer(optimizer: Optimizer) -> Iterator[tuple[str, float | Schedule]]:
    for name, value in _movable("optimizer", optimizer):
        if name != "optimizer.lr" and not isinstance(value, Per):
            yield name, value
