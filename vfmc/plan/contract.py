"""The batch contract: what a sample holds, what is derived from it, what crosses into the objective."""

from __future__ import annotations

from typing import Any

from vfmc.components import InputKind, MaskKind, Stage, View
from vfmc.components.sections.data import Data
from vfmc.graph import Graph, Value
from vfmc.graph.learning import frozen_towers
from vfmc.graph.program import Program
from vfmc.source.record import record
from vfmc.syntax.tree import Mapping
from vfmc.types import Class, Mask, Text, Type, Views, item

DATA = ("input", "view", "mask")  # how values of the data path are made
COMPUTE = ("apply", "loss")


@record(frozen=True)
class Contract:
    """`INPUTS` and `PHASES` of data.py (docs/contracts.md section 1), and the functions beside them.

    `draws` gives for the name of every `draw_...` function the mask that it draws. A mask whose counts change
    between phases has a function for each: `draw_half`, `draw_half_2`.
    """

    inputs: dict[str, dict[str, Any]]
    phases: dict[str, dict[str, dict[str, dict[str, Any]]]]
    draws: dict[str, Value]


def contract(program: Program) -> Contract:
    """The contract of every phase. Names stand as they are declared: views, inputs, masks; then the key."""
    inputs = {name: component.contract() for name, component in program.inputs.items()}
    if masked(program):
        inputs = {name: {**entry, "optional": True} for name, entry in inputs.items()}
    draws: dict[str, Value] = {}
    phases = {phase.name: _phase(program, phase.graph, draws) for phase in program.phases}
    return Contract(inputs, phases, draws)


def crossing(graph: Graph) -> dict[str, Value]:
    """The values of the data path that the objective reads, by name."""
    live = graph.pruned()
    found: dict[str, Value] = {}
    for value in live.values.values():
        if value.make in COMPUTE:
            read = [live.values[id] for id in value.reads()]
            found |= {given.name: given for given in read if given.make in DATA}
    return found


def masked(program: Program) -> bool:
    """Whether samples may lack inputs: losses then count those that have what they compare."""
    settings = program.sections.get("data")
    return isinstance(settings, Data) and settings.absent == "masked"


def inputs_of(graph: Graph, root: int) -> list[str]:
    """The inputs that a value is made of, in the order of the graph."""
    return list(dict.fromkeys(value.name for value in graph.behind(root) if value.make == "input"))


def noisy(graph: Graph) -> bool:
    """Whether a stage that trains draws noise (drop-path, dropout): copies and frozen towers do not."""
    frozen = frozen_towers(graph)
    for value in graph.pruned().values.values():
        if not (isinstance(value.component, Stage) and value.component.random):
            continue
        scopes = [graph.scopes[id] for id in graph.chain(value.scope)]
        if not any(scope.tower in frozen or scope.stopped or scope.detached for scope in scopes):
            return True
    return False


def _phase(program: Program, graph: Graph, draws: dict[str, Value]) -> dict[str, dict[str, dict[str, Any]]]:
    read = crossing(graph)
    pruned = graph.pruned()
    used = {value.name: value for value in pruned.values.values() if value.make in DATA}
    for value in program.evaluation.values.values():  # what evaluation feeds must be there as well
        if value.make == "input":
            used.setdefault(value.name, value)
    pixels = [*_declared(program, "views"), *program.inputs]
    views = {}
    for name in pixels:
        if name in used and (entry := _view(used[name])):
            views[name] = entry
    masks = {name: _mask(used[name], pruned, draws) for name in _declared(program, "masks") if name in used}
    batch = {
        name: _field(read[name]) for name in [*_declared(program, "views"), *program.inputs] if name in read
    }
    for name in masks:
        if name in read:
            batch |= _indices(read[name])
    if masked(program):
        roots = {root for term in graph.terms for root in inputs_of(graph, term.value)}
        for name in program.inputs:
            if name in roots:
                batch[f"{name}.present"] = {
                    "dims": ["B"],
                    "shape": [],
                    "dtype": "bool",
                    "kind": "present",
                    "of": name,
                }
    if noisy(graph):
        batch["key"] = {"dims": ["B"], "shape": [], "dtype": "int64", "kind": "key"}
    return {"views": views, "masks": masks, "batch": batch}


def _declared(program: Program, section: str) -> list[str]:
    node = program.root.get(section)
    return [entry.name for entry in node] if isinstance(node, Mapping) else []


def _view(value: Value) -> dict[str, Any] | None:
    """A view, or an input whose `size` stands for one; None for what is used as it comes."""
    component = value.component
    if isinstance(component, View):
        entry = {
            "of": component.of.name,  # type: ignore[attr-defined]
            "programs": component.programs(),
            "listed": component.listed(),
            "evaluate": component.evaluations(),
        }
        return entry | ({"follows": component.follows()} if component.follows() else {}) | component.extra()
    if isinstance(component, InputKind) and getattr(component, "size", None) is not None:
        program = component.program()  # type: ignore[attr-defined]
        return {"of": value.name, "programs": [program], "listed": False, "evaluate": [program]}
    return None


def _mask(value: Value, graph: Graph, draws: dict[str, Value]) -> dict[str, Any]:
    component, type = value.component, item(value.type)
    assert isinstance(component, MaskKind) and isinstance(type, Mask)
    entry: dict[str, Any] = {
        "of": graph.values[value.operand("of")].name,
        "draw": _draw(value, draws),
        "noise": component.noise(type.tokens),
        "tokens": type.tokens,
        "hidden": type.hidden,
    }
    return entry | ({"views": value.type.views} if isinstance(value.type, Views) else {})


def _draw(value: Value, draws: dict[str, Value]) -> str:
    """The function that draws a mask; one that an earlier phase has, if it draws the same."""
    facts = (value.component.plain(), item(value.type))
    name, count = f"draw_{value.name}", 2
    while name in draws and (draws[name].component.plain(), item(draws[name].type)) != facts:
        name, count = f"draw_{value.name}_{count}", count + 1
    draws.setdefault(name, value)
    return name


def _field(value: Value) -> dict[str, Any]:
    """The tensor of an input or a view."""
    type = item(value.type)
    entry = _tensor(value.type, ["B", *type.dims.removeprefix("B")], list(type.shape()), type.dtype)
    declared = value.component.contract()["kind"] if isinstance(value.component, InputKind) else ""
    entry["kind"] = type.medium or declared
    if isinstance(type, Class):
        entry["below"] = type.classes
    if isinstance(type, Text):
        special = value.component.tokenizer.special()  # type: ignore[attr-defined]
        entry |= {"below": type.vocabulary, **{word: special[word] for word in ("start", "end", "pad")}}
    return entry


def _indices(value: Value) -> dict[str, dict[str, Any]]:
    """The two tensors of a mask."""
    type = item(value.type)
    assert isinstance(type, Mask)
    facts = {"kind": "indices", "below": type.tokens}
    return {
        f"{value.name}.visible": _tensor(value.type, ["B", "K"], [type.visible], "int64") | facts,
        f"{value.name}.hidden": _tensor(value.type, ["B", "M"], [type.hidden], "int64") | facts,
    }


def _tensor(type: Type, dims: list[str], shape: list[Any], dtype: str) -> dict[str, Any]:
    if isinstance(type, Views):
        dims, shape = ["V", *dims], [type.views, *shape]
    return {"dims": dims, "shape": shape, "dtype": dtype}
