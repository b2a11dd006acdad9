"""Parts of a step: which source feeds which losses, what they read, and which towers learn from them."""

from __future__ import annotations

from typing import Any

from vfmc.components.sections.data import Data
from vfmc.components.sections.train import Train
from vfmc.graph import Graph, Value
from vfmc.graph.learning import learners
from vfmc.graph.program import Program
from vfmc.plan.contract import Contract

MAIN = "main"


def parts(program: Program, agreed: Contract, phase: str, graph: Graph) -> dict[str, dict[str, Any]]:
    """A part for the source, or the mixed sources, of every set of losses: `main` where they say no `feeds`.

    `inputs` names views and inputs, and masks over others; masks over those and the key come along (`runtime/data/making.py`).
    """
    return {
        name: {
            "inputs": _inputs(graph, losses, agreed.phases[phase]["batch"]),
            "losses": losses,
            "trains": _trains(graph, losses),
            "source": source,
        }
        for name, losses, source in division(program, graph)
    }


def division(program: Program, graph: Graph) -> list[tuple[str, list[str], Any]]:
    """Name, losses and source of every part; sources that are mixed are a dictionary of their shares.

    A share of None follows from what the source holds: its samples times its `repeat`.
    """
    every = [term.name for term in graph.terms]
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, source in program.sources.items():
        feeds = getattr(source, "feeds", None)
        groups.setdefault(tuple(loss for loss in every if feeds is None or loss in feeds), []).append(name)
    settings = program.sections.get("data")
    ratios = (settings.ratios if isinstance(settings, Data) else None) or {}
    found: list[tuple[str, list[str], Any]] = []
    for losses, names in groups.items():
        read: Any = names[0] if len(names) == 1 else {name: ratios.get(name) for name in names}
        said = any(getattr(program.sources[name], "feeds", None) for name in names)
        if losses:
            found.append((names[0] if said else MAIN, list(losses), read))
    return found or [(MAIN, every, None)]


def batch_of(program: Program, train: Train, source: Any) -> tuple[int, bool]:
    """The samples that a part takes a step, and whether its source says so itself."""
    own = getattr(program.sources.get(source), "batch", None) if isinstance(source, str) else None
    return own or train.batch, bool(own)


def behind(graph: Graph, losses: list[str]) -> list[Value]:
    """The values that some losses are made of, in order."""
    return graph.behind(*(term.value for term in graph.terms if term.name in losses))


def compared(graph: Graph, loss: str) -> list[str]:
    """The towers that a loss is made of, frozen ones and copies as well, in the order of their application."""
    found: dict[str, None] = {}
    for value in behind(graph, [loss]):
        for scope in graph.chain(value.scope):
            found.setdefault(graph.scopes[scope].tower)
    return list(found)


def _inputs(graph: Graph, losses: list[str], batch: dict[str, Any]) -> list[str]:
    """Views and inputs that the losses are made of, in the order of the batch; then masks over what no loss reads."""
    read: set[str] = set()
    for value in behind(graph, losses):
        if value.make in ("apply", "loss"):
            read |= {graph.values[operand].name for operand in value.reads()}
    found = [name for name in batch if name in read]
    masks = {value.name: value for value in behind(graph, losses) if value.make == "mask"}
    return found + [
        name for name, mask in masks.items() if graph.values[mask.operand("of")].name not in found
    ]


def _trains(graph: Graph, losses: list[str]) -> list[str]:
    """Towers and losses that own weights which learn from these losses, in the order of the modules."""
    reached = learners(graph, [term.value for term in graph.terms if term.name in losses])
    return list(dict.fromkeys(module.tower for module in reached.values()))
