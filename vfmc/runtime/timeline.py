"""The phases of a training laid out over its steps, and what every schedule says at each step."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vfmc.runtime import schedule
from vfmc.runtime.errors import RunError
from vfmc.runtime.feed import batch_of, sources_of
from vfmc.runtime.schedule import Clock

WEIGHT_DECAY = "optimizer.weight_decay"


@dataclass(frozen=True)
class Phase:
    """Steps `start` to `stop` (exclusive), with the recipe as it holds there. `own` names what the phase
    itself has set.
    """

    name: str
    start: int
    stop: int
    recipe: dict[str, Any]
    own: tuple[str, ...]
    clock: Clock

    def sets(self, key: str) -> bool:
        """Whether the phase itself sets `key` or something inside it."""
        return any(name == key or name.startswith(f"{key}.") for name in self.own)


@dataclass(frozen=True)
class Moment:
    """What holds at one step: the optimiser's rate and decay before the factors of the groups, and the
    objective's knobs.
    """

    phase: Phase
    lr: float
    weight_decay: float
    knobs: dict[str, float]


@dataclass(frozen=True)
class Timeline:
    """All phases in order. A schedule spans the whole training, unless a phase sets it: then it spans that
    phase.
    """

    phases: tuple[Phase, ...]
    clock: Clock

    @property
    def steps(self) -> int:
        return self.phases[-1].stop

    def phase(self, step: int) -> Phase:
        """The phase that `step` belongs to; the last one from the end on."""
        return next((phase for phase in self.phases if step < phase.stop), self.phases[-1])

    def at(self, step: int) -> Moment:
        """The rates and knobs to set before `step`."""
        phase = self.phase(step)
        recipe = phase.recipe
        optimizer = recipe["optimizer"]
        constant = {"use": "constant"}
        lr = schedule.learning_rate(
            recipe.get("schedule") or constant, float(optimizer["lr"]), *self._span(phase, step, "schedule")
        )
        knobs = {
            name: schedule.knob(settings, *self._span(phase, step, f"knobs.{name}"))
            for name, settings in (recipe.get("knobs") or {}).items()
        }
        decay = knobs.pop(WEIGHT_DECAY, None)
        return Moment(
            phase, lr, float(optimizer.get("weight_decay") or 0.0) if decay is None else decay, knobs
        )

    def _span(self, phase: Phase, step: int, key: str) -> tuple[int, int, Clock]:
        if phase.sets(key):
            return step - phase.start, phase.stop - phase.start, phase.clock
        return step, self.steps, self.clock


def merged(recipe: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every phase of a recipe as it stands there, with the recipe as it holds in that phase."""
    return [(entry, _merge(recipe, entry.get("set") or {})) for entry in recipe["phases"]]


def lay_out(
    recipe: dict[str, Any],
    samples_per_epoch: int | None,
    steps: int | None = None,
    epochs: Mapping[str, int] | None = None,
) -> Timeline:
    """The timeline of `recipe`. `steps` replaces the length of the training; several phases keep their shares
    of it, and one whose share comes to no step is left out. `epochs` has the samples of an epoch of phases
    that do not read the source that counts them elsewhere.

    Raises `RunError` where a length cannot be counted: epochs of a stream, phases all in %.
    """
    phase_recipes = merged(recipe)
    clocks = [
        Clock((epochs or {}).get(entry["name"], samples_per_epoch), int(own["batch"]), counted=_counted(own))
        for entry, own in phase_recipes
    ]
    lengths = _lengths([entry["for"] for entry, _ in phase_recipes], clocks, steps)
    total = sum(lengths)
    phases, start = [], 0
    for (entry, own), clock, length in zip(phase_recipes, clocks, lengths, strict=True):
        whole = replace(clock, total=total)
        phases.append(Phase(entry["name"], start, start + length, own, tuple(entry.get("set") or ()), whole))
        start += length
    return Timeline(
        tuple(phases), Clock(samples_per_epoch, int(recipe["batch"]), total, counted=_counted(recipe))
    )


def _counted(recipe: dict[str, Any]) -> int | None:
    """The batch of the part whose source counts epochs; None if that is the recipe's."""
    of, parts = recipe.get("epoch_of"), list((recipe.get("parts") or {}).items())
    counting = [name for name, own in parts if of in sources_of(own)] or [name for name, _ in parts]
    return batch_of(recipe, counting[0]) if counting else None


def _lengths(durations: list[dict[str, Any]], clocks: list[Clock], steps: int | None) -> list[int]:
    if steps is not None and steps < 1:
        raise RunError(f"a training has at least one step, not {steps}")
    if steps is not None and len(durations) == 1:
        return [steps]
    shares = [float(length["value"]) / 100 if length["unit"] == "%" else 0.0 for length in durations]
    known = [
        0 if share else clock.steps(length)
        for share, length, clock in zip(shares, durations, clocks, strict=True)
    ]
    if any(shares) and (not any(known) or sum(shares) >= 1):
        raise RunError(
            "the phases are all in %: at least one must say how long it is in epochs, steps or samples"
        )
    total = sum(known) / (1 - sum(shares))
    exact = [round(total * share) if share else length for share, length in zip(shares, known, strict=True)]
    if steps is None:
        return exact
    edges = [round(steps * sum(exact[:i]) / sum(exact)) for i in range(len(exact) + 1)]
    return [after - before for before, after in itertools.pairwise(edges)]


def _merge(recipe: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The recipe with the changes of a phase; a key is a path of names joined by dots, and a name may hold
    dots itself.
    """
    own = copy.deepcopy(recipe)
    for path, value in changes.items():
        table, rest = own, path
        while rest not in table and "." in rest and isinstance(table.get(rest.split(".", 1)[0]), dict):
            first, rest = rest.split(".", 1)
            table = table[first]
        table[rest] = copy.deepcopy(value)
    return own
