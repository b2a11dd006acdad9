"""recipe.json: training as plain data (docs/contracts.md section 2)."""

from __future__ import annotations

from typing import Any

import vfmc
from vfmc.components import Duration, LossKind, Schedule, data
from vfmc.components.sections.data import Data
from vfmc.components.sections.parallel import Parallel
from vfmc.components.sections.profile import Profile
from vfmc.components.sections.train import Train
from vfmc.graph import Graph
from vfmc.graph.program import Init, Phase, Program
from vfmc.interop.meet import for_tower
from vfmc.plan.contract import Contract, masked
from vfmc.plan.evaluation import evaluations, exports, feeds, within
from vfmc.plan.groups import groups
from vfmc.plan.parts import compared, parts
from vfmc.plan.phases import base, changes
from vfmc.plan.schedules import knob, knobs, number, rate

ABI = 1
OBJECTIVE = "Objective"  # the class; emission says another where a phase has one of its own
EVERY = Duration(1, "epochs")


def recipe(program: Program, agreed: Contract, level: int) -> dict[str, Any]:
    """All but `weights`, `parameters` and `flops`, which the plan adds."""
    train = program.train
    first = base(program)
    moving = _moving(program, first)
    settings = _settings(program, agreed, first, moving)
    found: dict[str, Any] = {
        "abi": ABI,
        "name": program.name,
        "vfmc": vfmc.__version__,
        "seed": train.seed,
        "level": level,
        **settings,
        "phases": [
            {
                "name": phase.name,
                "for": phase.length.data(),
                "objective": OBJECTIVE,
                "set": changes(program, phase, settings, _settings(program, agreed, phase, moving)),
            }
            for phase in program.phases
        ],
        "sources": {name: data(source) for name, source in program.sources.items()},
        "inits": [_init(init, program) for init in program.inits],
        "evaluate": evaluations(program),
        "exports": exports(program),
        "feeds": feeds(program),
        "checkpoint": {"every": (train.checkpoint or EVERY).data(), "keep": train.keep},
    }
    found |= {"within": inner} if (inner := within(program)) else {}
    return found | _sections(program)


def _settings(program: Program, agreed: Contract, phase: Phase, moving: list[str]) -> dict[str, Any]:
    """What a phase may change: the keys of the recipe that follow from its `train` and its Graph."""
    train, graph = phase.train, phase.graph
    lr, schedule = rate(train)
    numbers = knobs(graph, train)
    return {
        "precision": train.precision,
        "batch": train.batch,
        "accumulate": train.accumulate,
        "losses": _losses(graph, train, masked(program)),
        "parts": parts(program, agreed, phase.name, graph),
        "optimizer": _optimizer(train, lr),
        "groups": groups(graph, train),
        "clip": None if train.clip is None else data(train.clip),
        "schedule": schedule,
        "knobs": {name: knob(numbers[name], train.batch) for name in moving if name in numbers},
    }


def _moving(program: Program, first: Phase) -> list[str]:
    """The knobs: numbers that a schedule moves in some phase."""
    found: dict[str, None] = {}
    for phase in (first, *program.phases):
        numbers = knobs(phase.graph, phase.train)
        found |= dict.fromkeys(name for name, value in numbers.items() if isinstance(value, Schedule))
    return list(found)


def _losses(graph: Graph, train: Train, counted: bool) -> dict[str, dict[str, Any]]:
    found = {}
    for term in graph.terms:
        component = graph.values[term.value].component
        assert isinstance(component, LossKind)
        weight = number(term.weight, train.batch) if isinstance(term.weight, int | float | Schedule) else 1.0
        found[term.name] = {
            "weight": weight,
            "couples": "batch" if counted else component.couples,
            "towers": compared(graph, term.name),
        }
    return found


def _optimizer(train: Train, lr: float) -> dict[str, Any]:
    """The optimiser's arguments as numbers; what a schedule moves stands here as it begins."""
    found: dict[str, Any] = {}
    for name in train.optimizer.arguments():
        value = train.optimizer.argument(name)
        found[name] = number(value, train.batch) if isinstance(value, Schedule) else data(value)
    return train.optimizer.settings(found | {"lr": lr})


def _init(init: Init, program: Program) -> dict[str, Any]:
    found: dict[str, Any] = {"tower": init.tower, "path": init.path, "skip": list(init.skip)}
    renamed = dict(program.renamed)
    found |= {"renamed": renamed} if renamed and not init.layout else {}
    if init.layout:  # weights of another library: the rules of its names
        return found | {"layout": for_tower(init.layout, program, init.tower, init.source).plan()}
    return found | ({"source": init.source} if init.source else {})


def _sections(program: Program) -> dict[str, Any]:
    """Settings of the sections beside `train`, where they say something."""
    found: dict[str, Any] = {}
    settings = program.sections.get("data")
    if isinstance(settings, Data):
        found |= {"epoch_of": settings.epoch_of} if settings.epoch_of else {}
        found |= {"workers": settings.workers} if settings.workers is not None else {}
    parallel = program.sections.get("parallel")
    if isinstance(parallel, Parallel) and parallel.compile:
        found["compile"] = True
    profile = program.sections.get("profile")
    if isinstance(profile, Profile):
        found["profile"] = profile.plain()
    return found
