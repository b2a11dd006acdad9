"""Which towers of a spec play the roles of a layout, by what they read and by their stages; and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Any

from vfmc.components import Component, Stage, View, Weight
from vfmc.graph import Graph, Value
from vfmc.graph.program import Program
from vfmc.interop.layout import Layout, LayoutError, Role
from vfmc.source.record import record
from vfmc.types import Image, Text, item

POOLS = ("cls", "eot", "mean", "first", "last")
UNNORMALISED = {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}


@record(frozen=True)
class Step:
    """A stage of a tower as it is applied: `name` is that of its module, also where it has no weight."""

    name: str
    component: Component
    facts: dict[str, Any]
    weights: tuple[Weight, ...] = ()


@record(frozen=True)
class Player:
    """A tower in a role: layout's stage name -> stage of ours, and facts about what it reads."""

    tower: str
    steps: dict[str, Step]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def weights(self) -> list[str]:
        return [f"{step.name}.{weight.name}" for step in self.steps.values() for weight in step.weights]


def pipe(program: Program, tower: str) -> list[Step]:
    """The stages of a tower in order, those of towers inside it as well; empty for a tower that is never applied."""
    for graph in (program.evaluation, *(phase.graph for phase in program.phases)):
        for scope in graph.scopes.values():
            if scope.prefix == f"{tower}." or scope.path == f"evaluation/{tower}":
                return list(_steps(graph, scope.id))
    return []


def _steps(graph: Graph, scope: int) -> Iterator[Step]:
    for value in graph.values.values():
        if (
            value.make != "apply"
            or scope not in graph.chain(value.scope)
            or not isinstance(value.component, Stage)
        ):
            continue
        module = graph.modules.get(value.module)
        facts = value.facts | {"operand": _operand(graph, value)}
        yield Step(_name(graph, value), value.component, facts, module.weights if module else ())


def _name(graph: Graph, value: Value) -> str:
    """The path of a stage's module in the objective, whether it has weights or not."""
    prefix = "" if value.scope is None else graph.scopes[value.scope].prefix
    return value.module or f"{prefix}{value.name}"


def _operand(graph: Graph, value: Any) -> Any:
    return next((graph.values[id].type for _, ids in value.operands for id in ids), None)


def play(role: Role, program: Program, tower: str) -> Player:
    """The tower in the role. Raises `LayoutError` where its stages are others."""
    steps = pipe(program, tower)
    if not steps:
        raise LayoutError(f"the spec has no tower `{tower}`")
    cast: dict[str, Step] = {}
    owning = [step for step in steps if step.weights or step.component.component_name == "position"]
    split = next(
        (i for i, step in enumerate(owning) if step.component.component_name == "blocks"), len(owning)
    )
    names = list(role.stages)
    kinds = [kind for kind, _ in role.stages.values()]
    middle = kinds.index("blocks") if "blocks" in kinds else len(kinds)
    for here, wanted in (
        (owning[: split + 1], names[: middle + 1]),
        (owning[split + 1 :], names[middle + 1 :]),
    ):
        pool = list(here)
        for name in wanted:
            kind, optional = role.stages[name]
            same = [step for step in pool if step.component.component_name == kind]
            waiting = [
                n for n in wanted[wanted.index(name) :] if role.stages[n][0] == kind and not role.stages[n][1]
            ]
            if same and not (optional and len(same) <= len(waiting)):
                cast[name] = same[0]
                pool.remove(same[0])
            elif not optional:
                raise LayoutError(f"the tower `{tower}` has no stage `{kind}` to be {role.name}.{name}")
        over = [step.name for step in pool if step.weights]
        if over:
            raise LayoutError(f"the layout has no place for the stage `{over[0]}` of the tower `{tower}`")
    return Player(tower, cast, _facts(program, tower, steps))


def _facts(program: Program, tower: str, steps: list[Step]) -> dict[str, Any]:
    """What the tower reads and how it reads itself off."""
    kinds = [step.component.component_name for step in steps]
    found: dict[str, Any] = {"pool": next((kind for kind in kinds if kind in POOLS), "none")}
    found |= {"unit": "l2norm" in kinds, "scale": _scale(program, tower)}
    called = program.callables.get(tower)
    read = item(called.type) if called else None
    if isinstance(read, Text):
        largest = read.end == read.vocabulary - 1
        found |= {
            "length": read.length,
            "vocabulary": read.vocabulary,
            "end": read.end,
            "pad": read.pad,
            "end_is_largest": largest,
            "end_is_found": largest or read.end != 2,
        }
    if isinstance(read, Image) and called:
        found |= {"size": read.height, "channels": read.channels}
        view = next((v for v in program.evaluation.values.values() if v.name == called.feed), None)
        for op in view.component.evaluations()[0] if view and isinstance(view.component, View) else []:
            if op["op"] == "normalize":
                found |= {"mean": list(op["mean"]), "std": list(op["std"])}
            elif op["op"] == "resize":
                found |= {"resize": op["size"], "interpolation": op.get("interpolation")}
        found = (UNNORMALISED if read.channels == 3 else {}) | found
    return found


def _scale(program: Program, tower: str) -> float | None:
    """The fixed number that a loss multiplies the tower's embeddings by; None where none does."""
    for graph in (phase.graph for phase in program.phases):
        for value in graph.values.values():
            if value.make != "loss" or not value.has("scale"):
                continue
            scale = graph.values[value.operand("scale")].component
            made = [graph.values[id] for name, ids in value.operands for id in ids if name != "scale"]
            outer = {graph.scopes[graph.chain(one.scope)[-1]].prefix for one in made if one.scope is not None}
            if f"{tower}." in outer and scale.component_name == "fixed":
                return float(scale.argument("value"))
    return None


def cast(
    layout: Layout, program: Program, chosen: dict[str, str], only: tuple[str, ...] = (),
    among: Sequence[str] = (),
) -> dict[str, Player]:  # fmt: skip
    """A tower for every role of the layout (of `only`, if given): those of `chosen`, else the one that fits (of `among`, if given).

    Raises `LayoutError` that says why, where none or several do.
    """
    unknown = [role for role in (*chosen, *only) if role not in layout.roles]
    if unknown:
        raise LayoutError(
            f"the layout {layout.name} has no tower `{unknown[0]}`: it has {', '.join(layout.roles)}"
        )
    found: dict[str, Player] = {}
    reasons: list[str] = []
    for role in layout.roles.values():
        if only and role.name not in only:
            continue
        if role.name in chosen:
            found[role.name] = play(role, program, chosen[role.name])
            continue
        taken = [player.tower for player in found.values()]
        fitting, refused = _candidates(role, program, taken, among)
        exported = [player for player in fitting if player.tower in program.exports]
        fitting = exported if len(exported) == 1 else fitting
        copies = {player.tower.rpartition(".")[0] for player in found.values() if "value" not in player.steps}
        fitting = [player for player in fitting if player.tower.rpartition(".")[0] in copies] or fitting
        if len(fitting) == 1:
            found[role.name] = fitting[0]
        elif fitting:
            names = ", ".join(player.tower for player in fitting)
            raise LayoutError(
                f"several towers may be the {role.name} of {layout.name} ({names}): say `--tower {role.name}=NAME`"
            )
        elif not role.optional:
            why = "; ".join(refused) or f"the spec has no tower that reads {role.reads or 'like it'}"
            raise LayoutError(f"no tower of the spec is the {role.name} of {layout.name}: {why}")
        else:
            reasons += refused
    if not only and all("value" in player.steps for player in found.values()):
        why = "; ".join(dict.fromkeys(reasons)) or "the spec has no tower that reads what its towers read"
        raise LayoutError(f"no tower of the spec fits {layout.name}: {why}")
    return found


def _candidates(
    role: Role, program: Program, taken: list[str], among: Sequence[str] = ()
) -> tuple[list[Player], list[str]]:
    if role.reads == "value":
        return [
            Player(module.name, {"value": Step(module.name, module.component, module.facts, module.weights)})
            for module in program.modules.values()
            if module.component.component_name == next(iter(role.stages), "learned") and module.follow is None
        ], []
    if role.reads:
        towers = [
            name
            for name, called in program.callables.items()
            if item(called.type).medium in role.reads.split("|")
        ]
    else:
        scopes = [*program.evaluation.scopes.values(), *program.phases[0].graph.scopes.values()]
        names = dict.fromkeys(scope.prefix.removesuffix(".") for scope in scopes)
        towers = [name for name in names if name and name not in program.callables]
    fitting, refused = [], []
    for tower in towers:
        if tower in taken or (among and tower not in among):
            continue
        try:
            fitting.append(play(role, program, tower))
        except LayoutError as error:
            refused.append(str(error))
    return fitting, refused


def tower_facts(program: Program, tower: str) -> dict[str, Any]:
    """What a tower that evaluation calls reads: `medium`, `shape` of one sample, `dtype`, and how its pixels are normalised.

    `modules` are those that it needs, with the whole of every tower that feeds it.
    """
    called, graph = program.callables[tower], program.evaluation
    read = item(called.type)
    needed = replace(graph, outputs={tower: graph.outputs[tower]}).pruned()
    return _facts(program, tower, pipe(program, tower)) | {
        "medium": read.medium,
        "shape": list(read.shape()),
        "dtype": read.dtype,
        "name": read.variable,
        "below": read.vocabulary if isinstance(read, Text) else None,
        "feed": called.feed,
        "modules": [
            _name(needed, value) for value in needed.values.values() if isinstance(value.component, Stage)
        ],
    }
